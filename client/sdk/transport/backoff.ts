/** Shortest and longest delay of a kind of retry, in milliseconds. */
export interface BackoffRange {
  readonly minMs: number
  readonly maxMs: number
}

/** Between connections: a deploy drops every socket at once, so delays must spread; half a minute keeps a phone quiet. */
export const RECONNECT: BackoffRange = { minMs: 250, maxMs: 30_000 }

/**
 * Delay before the retry after `failures` failures in a row (from 1), with full jitter: uniform below an exponential
 * ceiling, which spreads clients that failed together better than a jittered exponential does.
 *
 * @param random uniform in [0, 1)
 */
export function backoffDelay(failures: number, range: BackoffRange, random: number): number {
  const ceiling = Math.min(range.maxMs, range.minMs * 2 ** Math.min(failures, 32))
  return Math.round(random * ceiling)
}
