import { Trans, useLingui } from '@lingui/react/macro'
import { SendHorizontal, Type } from 'lucide-react'
import { type KeyboardEvent, type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react'
import type { ConversationRow } from '../../engine/api.ts'
import { IconButton, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { isVisible } from '../timeline/text-shape.ts'
import { EmojiButton } from './emoji-button.tsx'
import { FormattingBar } from './formatting-bar.tsx'
import { ComposerNotes } from './notes.tsx'
import { styleOfKey } from './shortcuts.ts'
import { roomFor } from './size.ts'
import { type Style, afterEdit, editBetween, stylesAt, trimmed, withStyle } from './style-ranges.ts'
import { StyledMirror } from './styled-mirror.tsx'
import { useDraft } from './use-draft.ts'
import { useTypingNotices } from './use-typing-notices.ts'

export interface ComposerHandle {
  focus: () => void
  /** Writes a text for the user to send, unless something is written already. */
  suggest: (text: string) => void
}

interface ComposerProps {
  readonly id: string
  readonly row: ConversationRow | undefined
  readonly name: string
  readonly ref?: Ref<ComposerHandle>
}

/** The mirror and the field lie on each other: all that moves letters must be the same in both. */
const TEXT =
  'col-start-1 row-start-1 min-w-0 px-4 py-[0.6rem] text-body whitespace-pre-wrap [font-synthesis:style] [overflow-wrap:anywhere] [tab-size:4]'

const coarse = (): boolean => matchMedia('(pointer: coarse)').matches

/** Whether Enter ends a composition of an input method rather than the message; Safari says so by the key code alone. */
const composing = (event: KeyboardEvent): boolean => event.nativeEvent.isComposing || event.keyCode === 229

/** Where messages are written. */
export function Composer({ id, row, name, ref }: ComposerProps) {
  const { t } = useLingui()
  const api = useApi()
  const field = useRef<HTMLTextAreaElement>(null)
  const { draft, setDraft } = useDraft(id, row?.draft, field)
  const typing = useTypingNotices(id)
  const [formatting, setFormatting] = useState(false)
  const [selection, setSelection] = useState({ from: 0, to: 0 })
  /** Styles chosen for what is typed next, where they differ from the letter before. */
  const [chosen, setChosen] = useState<ReadonlySet<Style>>()
  const { text, styles } = draft
  const room = roomFor(text)
  const sendable = text.trim() !== '' && isVisible(text) && room.left >= 0
  const active = chosen ?? stylesAt(styles, selection.from, selection.to)

  useImperativeHandle(ref, () => ({
    focus: () => field.current?.focus(),
    suggest: (suggestion) => {
      if (text.trim() === '') setDraft({ text: suggestion, styles: [] })
      // After the dialog that asked has given the focus back.
      setTimeout(() => field.current?.focus())
    },
  }))
  useEffect(() => {
    if (!coarse()) field.current?.focus({ preventScroll: true })
  }, [])

  const changed = (element: HTMLTextAreaElement) => {
    const { value, selectionEnd } = element
    const edit = editBetween(text, value, selectionEnd)
    const styled = chosen ?? stylesAt(styles, edit.at, edit.at + edit.removed)
    setDraft({ text: value, styles: afterEdit(styles, edit, styled) })
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
      setDraft({ text, styles: withStyle(styles, style, from, to, !active.has(style)) })
    } else {
      const next = new Set(active)
      if (!next.delete(style)) next.add(style)
      setChosen(next)
    }
    field.current?.focus()
  }
  const send = () => {
    if (!sendable) return
    const before = draft
    const message = trimmed(text, styles)
    setDraft({ text: '', styles: [] })
    setChosen(undefined)
    typing.sent()
    field.current?.focus()
    api.sendText(id, message.body, message.styles).catch(() => {
      // Nothing was kept of it: what was written comes back, unless something else was written meanwhile.
      setDraft((present) => (present.text === '' ? before : present))
      toast(t`The message could not be kept for sending. It is back in the text field.`, { tone: 'danger' })
    })
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
  const onKeyDown = (event: KeyboardEvent) => {
    if (composing(event)) return
    const style = styleOfKey(event)
    if (style !== undefined) {
      event.preventDefault()
      toggle(style)
    } else if (
      event.key === 'Enter' &&
      !event.shiftKey &&
      !event.altKey &&
      (!coarse() || event.ctrlKey || event.metaKey)
    ) {
      event.preventDefault()
      send()
    }
  }

  return (
    <form
      data-section
      aria-label={t`Message to ${name}`}
      className="shrink-0 px-2 pt-2 pb-[max(0.5rem,env(safe-area-inset-bottom))] wide:px-4 wide:pb-[max(0.75rem,env(safe-area-inset-bottom))]"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {formatting ? <FormattingBar active={active} onToggle={toggle} /> : null}
      <div className="flex items-end gap-1">
        <EmojiButton onEmoji={insert} onClosed={() => field.current?.focus()} />
        <IconButton
          label={formatting ? t`Hide formatting` : t`Formatting`}
          aria-pressed={formatting}
          // With a pointer the focus, and a phone's keyboard, stay where they are.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => setFormatting(!formatting)}
        >
          <Type />
        </IconButton>
        <div className="mx-1 grid max-h-[min(40dvh,20rem)] min-w-0 flex-1 overflow-x-hidden overflow-y-auto rounded-[1.3rem] border border-control bg-surface focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-ring">
          <StyledMirror text={text} styles={styles} className={TEXT} />
          <textarea
            ref={field}
            data-section-focus
            rows={1}
            dir="auto"
            aria-label={t`Message to ${name}`}
            aria-describedby={`notes-${id}`}
            aria-invalid={room.left < 0 || undefined}
            placeholder={t`Message`}
            autoComplete="off"
            enterKeyHint={coarse() ? 'enter' : 'send'}
            value={text}
            className={`${TEXT} resize-none overflow-hidden bg-transparent text-transparent caret-text outline-none selection:bg-accent/30 selection:text-transparent forced-colors:text-[CanvasText]`}
            onChange={(event) => changed(event.target)}
            onSelect={(event) => selected(event.currentTarget)}
            onKeyDown={onKeyDown}
            onBlur={typing.stop}
          />
        </div>
        <IconButton type="submit" variant="primary" label={t`Send`} disabled={!sendable} className="rounded-full">
          <SendHorizontal className="rtl:-scale-x-100" />
        </IconButton>
      </div>
      <div id={`notes-${id}`}>
        <ComposerNotes room={room} written={text.trim() !== ''} />
        <span className="sr-only">
          {coarse() ? (
            <Trans>Enter begins a new line.</Trans>
          ) : (
            <Trans>Enter sends, Shift and Enter begins a new line.</Trans>
          )}
        </span>
      </div>
    </form>
  )
}
