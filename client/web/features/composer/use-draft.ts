import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import type { Mention, StyleRange } from '#protocol/content/content.ts'
import { beforeLeaving, useApi } from '../../state/index.ts'

export interface Draft {
  readonly text: string
  readonly styles: readonly StyleRange[]
  readonly mentions: readonly Mention[]
}

export const NO_DRAFT: Draft = { text: '', styles: [], mentions: [] }

/** A pause in writing after which the draft is kept. */
const SAVE_MS = 400

/** Blanks alone are no draft. */
const worthKeeping = (draft: Draft): Draft => (draft.text.trim() === '' ? NO_DRAFT : draft)

function same(a: Draft, b: Draft): boolean {
  if (a.text !== b.text || a.styles.length !== b.styles.length || a.mentions.length !== b.mentions.length) return false
  const areMentions = a.mentions.every(({ start, length, account }, at) => {
    const other = b.mentions[at]
    return other?.start === start && other.length === length && other.account === account
  })
  const areStyles = a.styles.every(({ start, length, style }, at) => {
    const other = b.styles[at]
    return other?.start === start && other.length === length && other.style === style
  })
  return areMentions && areStyles
}

/**
 * What is written in a conversation and not sent: kept by the engine a moment after each pause, and at once when the
 * conversation or the page is left.
 *
 * @param stored what the engine keeps; another tab may have changed it
 * @param options.isKept false: `stored` is the beginning, and what becomes of it is no draft
 */
export function useDraft(
  id: string,
  stored: Draft,
  field: RefObject<HTMLTextAreaElement | null>,
  { isKept }: { readonly isKept: boolean },
) {
  const api = useApi()
  const [draft, setState] = useState(stored)
  const present = useRef(draft)
  const saved = useRef(stored)
  /** What the engine said last: what was saved since is not yet in it. */
  const heard = useRef(stored)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  const save = useCallback(() => {
    clearTimeout(timer.current)
    if (!isKept) return
    const worth = worthKeeping(present.current)
    if (same(worth, saved.current)) return
    saved.current = worth
    // Kept again at the next pause.
    api.saveDraft(id, worth.text, worth.styles, worth.mentions).catch(() => undefined)
  }, [api, id, isKept])

  const setDraft = useCallback(
    (next: Draft | ((before: Draft) => Draft)) => {
      const value = typeof next === 'function' ? next(present.current) : next
      present.current = value
      setState(value)
      clearTimeout(timer.current)
      if (value.text === '') save()
      else timer.current = setTimeout(save, SAVE_MS)
    },
    [save],
  )

  useEffect(() => {
    const stayed = beforeLeaving(save)
    addEventListener('pagehide', save)
    document.addEventListener('visibilitychange', save)
    return () => {
      stayed()
      removeEventListener('pagehide', save)
      document.removeEventListener('visibilitychange', save)
      save()
    }
  }, [save])

  // Written or sent in another tab: taken over where nobody is writing.
  useEffect(() => {
    const changed = !same(stored, heard.current)
    heard.current = stored
    if (!isKept || !changed || same(stored, saved.current)) return
    const writing = document.activeElement === field.current && document.hasFocus()
    if (writing || !same(present.current, saved.current)) return
    saved.current = stored
    present.current = stored
    setState(stored)
  }, [stored, field, isKept])

  return { draft, setDraft }
}
