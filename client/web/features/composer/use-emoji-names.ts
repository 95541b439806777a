import { plural } from '@lingui/core/macro'
import { useLingui } from '@lingui/react/macro'
import { useEffect, useMemo, useState } from 'react'
import { loadPacked } from './emoji-data.ts'
import { type EmojiCandidate, emojiCandidates, emojiNamed, emojiQueryAt } from './emoji-names.ts'
import type { PackedEmoji } from './emoji-packed.ts'
import { type Completion, useCompletion } from './use-completion.ts'

const NONE: readonly PackedEmoji[] = []

export interface EmojiNames extends Completion<EmojiCandidate> {
  /** After each input: a second colon behind a whole name takes its emoji at once. */
  readonly typed: (event: Event, field: HTMLTextAreaElement) => void
}

/**
 * Completion of emoji by their names, after a colon. The data come with the first name.
 *
 * @param caret absent when a selection stands: nothing is being typed
 */
export function useEmojiNames(
  text: string,
  caret: number | undefined,
  onChoose: (emoji: string, from: number, to: number) => void,
): EmojiNames {
  const { t } = useLingui()
  const [all, setAll] = useState(NONE)
  const query = useMemo(() => (caret === undefined ? undefined : emojiQueryAt(text, caret)), [text, caret])
  const isAsked = query !== undefined
  useEffect(() => {
    if (!isAsked) return
    // Where they cannot be fetched nothing is offered, and the next name tries again.
    loadPacked().then(
      ({ emoji }) => setAll(emoji),
      () => undefined,
    )
  }, [isAsked])

  const asked = query?.isClosed === false ? query.query : undefined
  const candidates = useMemo(() => (asked === undefined ? [] : emojiCandidates(all, asked)), [all, asked])
  const completion = useCompletion({
    query,
    candidates,
    onChoose: ({ emoji }, { at }) => onChoose(`${emoji} `, at, caret ?? at),
    describe: (count: number) => t`${plural(count, { one: '# emoji matches', other: '# emoji match' })}`,
  })
  const typed = (event: Event, field: HTMLTextAreaElement) => {
    // Not what an input method is still at, and not what undo brought back.
    if (!(event instanceof InputEvent) || event.isComposing || event.inputType !== 'insertText') return
    const named = emojiQueryAt(field.value, field.selectionEnd)
    const emoji = named?.isClosed === true ? emojiNamed(all, named.query) : undefined
    if (named !== undefined && emoji !== undefined) onChoose(emoji, named.at, field.selectionEnd)
  }
  return { ...completion, typed }
}
