/**
 * State that the whole edge shares and that may vanish without harm: nonces that must be used once, and counters of
 * limits. Upstash Redis keeps it where configured, else the object beside this file; one contract suite holds both.
 */

import type { Rate, Taken } from '../rates/bucket.ts'

export interface SharedStateStore {
  /** Whether this is the first claim of `key` within `ttlMs`; or, for a `holder` (not empty), whether the first was its own. */
  claim(key: string, ttlMs: number, now: number, holder?: string): Promise<boolean>
  /** Takes `cost` (1 unless told) from the bucket of `key`, which is of `rate`. Keys of different rates must differ. */
  take(key: string, rate: Rate, now: number, cost?: number): Promise<Taken>
}
