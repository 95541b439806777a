import type { BackoffRange } from '../../transport/backoff.ts'

/** How often the log is asked, in milliseconds. */
export interface KeyLogTiming {
  /** Between questions that were not answered well. */
  readonly retry: BackoffRange
  /** Messages that wait for longer are told of, with the reason. */
  readonly tellAfter: number
  /** The own account and the configuration are looked at on connecting, at most this often. */
  readonly monitorEvery: number
  /** A list that was proven is looked up again, beside what is sent, after this long: else a relay could keep showing an old one. */
  readonly recheckAfter: number
  /** A newer head is told to who was told one, after this long. */
  readonly tellHeadAfter: number
  /**
   * What others tell is compared after a time between these, together: so that when a device reads the public log says little of
   * what it has just received.
   */
  readonly compareAfter: readonly [min: number, max: number]
}

export const DEFAULT_KEY_LOG_TIMING: KeyLogTiming = {
  retry: { minMs: 1_000, maxMs: 5 * 60_000 },
  tellAfter: 10_000,
  monitorEvery: 5 * 60_000,
  recheckAfter: 24 * 60 * 60_000,
  tellHeadAfter: 24 * 60 * 60_000,
  compareAfter: [60_000, 10 * 60_000],
}
