import { utf8 } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'

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
