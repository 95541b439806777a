/**
 * State that the whole edge shares and that may vanish without harm: nonces that must be used once, and counters of
 * limits. Upstash Redis keeps it where configured, else the object beside this file; one contract suite holds both.
 */

/** At most `limit` calls in each window of `windowMs`. */
export interface Allowance {
  readonly limit: number
  readonly windowMs: number
}

export type Taken = { readonly allowed: true } | { readonly allowed: false; readonly retryAfterMs: number }

export interface SharedStateStore {
  /** Whether this is the first claim of `key` within `ttlMs`. */
  claim(key: string, ttlMs: number, now: number): Promise<boolean>
  /** Counts one call against `key`'s allowance in the window that `now` is in. */
  take(key: string, allowance: Allowance, now: number): Promise<Taken>
}

/** Number of the window that `now` is in, and when it ends. Windows are aligned, so that every store agrees on them. */
export function windowAt(now: number, windowMs: number): { readonly index: number; readonly endsAt: number } {
  const index = Math.floor(now / windowMs)
  return { index, endsAt: (index + 1) * windowMs }
}
