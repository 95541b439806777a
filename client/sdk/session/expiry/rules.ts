/**
 * When messages disappear: pure rules. Moments are milliseconds since 1970 by this device's clock, timers are seconds.
 *
 * A clock that is wrong makes messages disappear early rather than late. Set forward, it ends the timers that it jumps
 * over. Set back, it finds messages that began to disappear in the future: their timers begin anew, so that none lives
 * longer than its timer after the moment at which that is noticed. To take them for expired instead would delete what was
 * just read whenever a clock is put right.
 */

import * as v from 'valibot'
import { Timer } from '#protocol/timer.ts'

/** A message whose timer runs. */
export interface Running {
  readonly timer: number
  readonly startedAt: number
}

/** Clocks are put right by less than this all the time. */
export const CLOCK_SLACK_MS = 10_000

/** The longest that platforms wait: 31 bits of milliseconds. */
export const LONGEST_WAIT_MS = 0x7fff_ffff

const Timed = v.looseObject({ timer: Timer })

/** The timer of content of any kind, also of one that this build does not know; `undefined` when it stays. */
export function timerOf(content: unknown): number | undefined {
  const timed = v.safeParse(Timed, content)
  return timed.success ? timed.output.timer : undefined
}

/** When a message with this timer, begun then, disappears. */
export function dueAt({ timer, startedAt }: Running): number {
  return startedAt + timer * 1_000
}

/**
 * When a timer begins of which this device hears now.
 *
 * @param told when it began elsewhere: at the relay, or on another own device
 * @param at when the message was sent: no timer begins before
 */
export function beginningOf(told: number | undefined, at: number, now: number): number {
  return Math.min(now, Math.max(told ?? now, at))
}

/** Whether the clock was set back since the latest moment that it is known to have shown. */
export function wasSetBack(latest: number, now: number): boolean {
  return now < latest - CLOCK_SLACK_MS
}

/** The beginning of a timer by a clock that was set back: what would lie in the future is now. */
export function begunAgain(startedAt: number, now: number): number {
  return Math.min(startedAt, now)
}

/** How long to wait before looking again what is due. */
export function waitFor(due: number, now: number): number {
  return Math.min(LONGEST_WAIT_MS, Math.max(0, due - now))
}
