/**
 * What is left of a slow mode's pause. A clock that was set back does not make it longer than it is.
 *
 * @param last when the own last message was written; milliseconds since 1970
 * @param seconds of the pause
 * @returns milliseconds
 */
export function waitOf(last: number | undefined, seconds: number, now: number): number {
  if (last === undefined || seconds <= 0) return 0
  const pause = seconds * 1_000
  return Math.min(pause, Math.max(0, last + pause - now))
}
