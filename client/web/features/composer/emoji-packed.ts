/**
 * The emoji of this build in few octets: emojibase's data have much that nobody here needs. `build/emoji-plugin.ts` makes
 * them; the picker and the completion of `:names:` read them.
 */

/** One emoji, as it travels. */
export type PackedEmoji = readonly [
  emoji: string,
  label: string,
  /** Of {@link PackedEmojis.groups}. */
  group: number,
  /** Of Unicode's emoji, that it came with. */
  version: number,
  /** Words it is found by, with blanks between. */
  tags: string,
  /** What stands between colons for it, with blanks between; none has a blank. */
  names: string,
  /** In the five skin tones, with blanks between; empty without. */
  toned: string,
]

export interface PackedEmojis {
  /** Numbers of emojibase, in its order; `emoji-labels.ts` says what they are called. */
  readonly groups: readonly number[]
  readonly emoji: readonly PackedEmoji[]
}
