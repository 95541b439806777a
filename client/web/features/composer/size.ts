import { utf8 } from '#protocol/bytes.ts'
import type { StyleRange } from '#protocol/content/content.ts'
import { LIMITS } from '#protocol/limits.ts'
import { trimmed } from './style-ranges.ts'

export interface Room {
  /** UTF-8 octets that still fit; negative when there are too many. */
  readonly left: number
  /** Worth mentioning. */
  readonly near: boolean
}

/** From this share of the limit on, the room is mentioned. */
const NEAR = 0.9

/** How much more fits into a message. Counted only where the limit could be near: this runs at every key. */
export function roomFor(text: string): Room {
  const limit = LIMITS.textBytes
  if (text.length * 3 < limit * NEAR) return { left: limit - text.length * 3, near: false }
  const left = limit - utf8(text.trim()).length
  return { left, near: left < limit * (1 - NEAR) }
}

/** How many more styled passages a message can have; negative when there are too many. */
export function styleRoomFor(text: string, styles: readonly StyleRange[]): number {
  if (styles.length <= LIMITS.styleRanges) return LIMITS.styleRanges - styles.length
  // Those of the blanks around the text are not sent.
  return LIMITS.styleRanges - trimmed(text, styles).styles.length
}
