import * as v from 'valibot'
import { integer } from '../primitives.ts'
import { Timer } from '../timer.ts'

/**
 * In a conversation of two: what is written from now on disappears after so many seconds, or stays (SPEC, M-9). Named
 * `seconds`, because a `timer` would be that of this content itself.
 */
export const TimerChange = v.object({
  kind: v.literal('timer'),
  /** Absent: messages stay. */
  seconds: v.optional(Timer),
  /** One more than the highest that its author knew. */
  revision: integer(1),
})
export type TimerChange = v.InferOutput<typeof TimerChange>
