import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import type { StyleRange } from '#protocol/content/content.ts'
import { useApi } from '../../state/index.ts'

export interface Draft {
  readonly text: string
  readonly styles: readonly StyleRange[]
}

/** A pause in writing after which the draft is kept. */
const SAVE_MS = 400

/** The drafts of this tab with their styles; what the engine keeps is the text. */
const kept = new Map<string, Draft>()

function startOf(id: string, stored: string | undefined): Draft {
  const here = kept.get(id)
  return here !== undefined && here.text === (stored ?? '') ? here : { text: stored ?? '', styles: [] }
}

/**
 * What is written in a conversation and not sent: kept by the engine a moment after each pause, and at once when the
 * conversation or the page is left.
 *
 * @param stored what the engine keeps; another tab may have changed it
 */
export function useDraft(id: string, stored: string | undefined, field: RefObject<HTMLTextAreaElement | null>) {
  const api = useApi()
  const [draft, setState] = useState(() => startOf(id, stored))
  const present = useRef(draft)
  const saved = useRef(stored ?? '')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  const save = useCallback(() => {
    clearTimeout(timer.current)
    const { text } = present.current
    const worth = text.trim() === '' ? '' : text
    if (worth === saved.current) return
    saved.current = worth
    // Kept again at the next pause.
    api.saveDraft(id, worth).catch(() => undefined)
  }, [api, id])

  const setDraft = useCallback(
    (next: Draft | ((before: Draft) => Draft)) => {
      const value = typeof next === 'function' ? next(present.current) : next
      present.current = value
      if (value.text === '') kept.delete(id)
      else kept.set(id, value)
      setState(value)
      clearTimeout(timer.current)
      if (value.text === '') save()
      else timer.current = setTimeout(save, SAVE_MS)
    },
    [id, save],
  )

  useEffect(() => {
    addEventListener('pagehide', save)
    document.addEventListener('visibilitychange', save)
    return () => {
      removeEventListener('pagehide', save)
      document.removeEventListener('visibilitychange', save)
      save()
    }
  }, [save])

  // Written or sent in another tab: taken over where nobody is writing.
  useEffect(() => {
    const elsewhere = stored ?? ''
    if (elsewhere === saved.current) return
    const writing = document.activeElement === field.current && document.hasFocus()
    if (writing || present.current.text !== saved.current) return
    saved.current = elsewhere
    present.current = { text: elsewhere, styles: [] }
    setState(present.current)
  }, [stored, field])

  return { draft, setDraft }
}
