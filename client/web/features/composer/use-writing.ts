import { type RefObject, useState } from 'react'
import type { GroupMemberView } from '../../engine/api.ts'
import { type MentionQuery, mentionText, mentionsAfterEdit } from './mention-ranges.ts'
import { type Style, afterEdit, editBetween, stylesAt, withStyle } from './style-ranges.ts'
import { type Draft, NO_DRAFT, useDraft } from './use-draft.ts'
import { useTypingNotices } from './use-typing-notices.ts'

/**
 * A text while it is written: its letters are the field's, its styles and names follow the edits.
 *
 * @param stored what the engine keeps of it
 */
export function useWriting(
  id: string,
  stored: Draft,
  field: RefObject<HTMLTextAreaElement | null>,
  options: { readonly isKept: boolean },
) {
  const { draft, setDraft } = useDraft(id, stored, field, options)
  const typing = useTypingNotices(id)
  const [selection, setSelection] = useState({ from: 0, to: 0 })
  /** Styles chosen for what is typed next, where they differ from the letter before. */
  const [chosen, setChosen] = useState<ReadonlySet<Style>>()
  const { text, styles, mentions } = draft
  const active = chosen ?? stylesAt(styles, selection.from, selection.to)

  const changed = (element: HTMLTextAreaElement) => {
    const { value, selectionEnd } = element
    const edit = editBetween(text, value, selectionEnd)
    const styled = chosen ?? stylesAt(styles, edit.at, edit.at + edit.removed)
    setDraft({
      text: value,
      styles: afterEdit(styles, edit, styled),
      mentions: mentionsAfterEdit(mentions, edit),
    })
    setSelection({ from: element.selectionStart, to: selectionEnd })
    if (value.trim() === '') typing.stop()
    else typing.typed()
  }
  const selected = (element: HTMLTextAreaElement) => {
    const { selectionStart: from, selectionEnd: to } = element
    if (from === selection.from && to === selection.to) return
    setSelection({ from, to })
    setChosen(undefined)
  }
  const toggle = (style: Style) => {
    const { from, to } = selection
    if (from < to) {
      setDraft({ ...draft, styles: withStyle(styles, style, from, to, !active.has(style)) })
    } else {
      const next = new Set(active)
      if (!next.delete(style)) next.add(style)
      setChosen(next)
    }
    field.current?.focus()
  }
  const insert = (piece: string) => {
    const element = field.current
    if (element === null) return
    element.focus()
    // The only way to insert that the field's own undo knows.
    if (document.execCommand('insertText', false, piece)) return
    element.setRangeText(piece, element.selectionStart, element.selectionEnd, 'end')
    changed(element)
  }
  /** Puts something in the place of what stands from one place to another. */
  const replace = (from: number, to: number, piece: string) => {
    field.current?.setSelectionRange(from, to)
    insert(piece)
  }
  const mention = (member: GroupMemberView, { at, query }: MentionQuery) => {
    if (field.current === null) return
    const inserted = mentionText(member)
    replace(at, at + 1 + query.length, `${inserted} `)
    setDraft((before) => ({
      ...before,
      mentions: [...before.mentions, { start: at, length: inserted.length, account: member.account }],
    }))
  }
  /** Empties the field: it was sent. Answers what puts it back, unless something else was written meanwhile. */
  const sent = (): (() => void) => {
    setDraft(NO_DRAFT)
    setChosen(undefined)
    typing.sent()
    field.current?.focus()
    return () => setDraft((present) => (present.text === '' ? draft : present))
  }
  const suggest = (suggestion: string) => {
    if (text.trim() === '') setDraft({ ...NO_DRAFT, text: suggestion })
  }
  return {
    ...draft,
    selection,
    active,
    changed,
    selected,
    toggle,
    insert,
    replace,
    mention,
    sent,
    suggest,
    left: typing.stop,
  }
}
