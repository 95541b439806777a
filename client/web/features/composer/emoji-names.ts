/** `:names:` of emoji in a text while it is written. Pure; positions are UTF-16 code units. */

import type { PackedEmoji } from './emoji-packed.ts'

/** Letters from which on something is offered: one and a colon is a face that people write by hand. */
const QUERY_MIN = 2
/** Longer ones are no name. */
const QUERY_MAX = 40
/** How many are offered at once: as many as the list shows without scrolling. */
const OFFERED = 6

const NAME = /(?<![\p{L}\p{N}_:])(:)([\p{L}\p{N}_+-]+)(:?)$/u

export interface EmojiQuery {
  /** Where the first colon stands. */
  readonly at: number
  /** What follows it, up to the caret or the second colon. */
  readonly query: string
  /** The second colon stands before the caret. */
  readonly isClosed: boolean
}

export interface EmojiCandidate {
  readonly emoji: string
  /** What it is found by: its name, or its label where it has none. */
  readonly name: string
}

/** The name that is being typed at the caret, if one is: what follows a colon that begins a word. */
export function emojiQueryAt(text: string, caret: number): EmojiQuery | undefined {
  const found = NAME.exec(text.slice(Math.max(0, caret - QUERY_MAX - 3), caret))
  const query = found?.[2]?.toLowerCase()
  if (query === undefined || found === null || query.length < QUERY_MIN || query.length > QUERY_MAX) return undefined
  return { at: caret - found[0].length, query, isClosed: found[3] === ':' }
}

const words = (text: string): readonly string[] => text.split(/[\s_-]+/)

/** 0: it is called so; 1: its name begins so; 2: so does a word of name or label; 3: a word that it is found by. */
function rankOf([, label, , , tags, names]: PackedEmoji, query: string): number | undefined {
  const called = names.split(' ')
  if (called.includes(query)) return 0
  if (called.some((name) => name.startsWith(query))) return 1
  const begins = (word: string) => word.startsWith(query)
  if (words(names).some(begins) || words(label.toLowerCase()).some(begins)) return 2
  return words(tags.toLowerCase()).some(begins) ? 3 : undefined
}

/** What a query may mean, the likeliest first. */
export function emojiCandidates(all: readonly PackedEmoji[], query: string): readonly EmojiCandidate[] {
  const ranked = all.flatMap((one) => {
    const rank = rankOf(one, query)
    if (rank === undefined) return []
    const called = one[5].split(' ')
    const name = called.find((candidate) => candidate.startsWith(query)) ?? called[0] ?? ''
    return [{ rank, emoji: one[0], name: name === '' ? one[1] : name }]
  })
  // Of those that fit as well, in the order of the data: what is used most stands first.
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, OFFERED)
    .map(({ emoji, name }) => ({ emoji, name }))
}

/** The emoji that has exactly this name. */
export function emojiNamed(all: readonly PackedEmoji[], name: string): string | undefined {
  if (name === '') return undefined
  return all.find(([, , , , , names]) => names.split(' ').includes(name))?.[0]
}
