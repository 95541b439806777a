/** What is searched for. */

import { fold } from './fold.ts'

export interface SearchQuery {
  /** Words that all have to be there, in any order; those between quotation marks beside each other. */
  readonly text: string
  /** The author's account. */
  readonly from?: string
  /** The conversation. */
  readonly in?: string
  readonly has?: SearchedKind
  /** Milliseconds since 1970, exclusive. */
  readonly before?: number
  /** Hits at most. */
  readonly limit?: number
}

/** What a message can be required to have. */
export const SEARCHED_KINDS = ['link', 'image', 'video', 'voice', 'file', 'mention', 'quote', 'reaction'] as const
export type SearchedKind = (typeof SEARCHED_KINDS)[number]

/** Words and phrases of a query, folded; nothing is searched for twice. */
export function wordsIn(text: string): string[] {
  const words = [...text.matchAll(/"([^"]*)"|\S+/g)].map(([word, phrase]) => fold(phrase ?? word).trim())
  return [...new Set(words)].filter((word) => word !== '')
}
