/**
 * Token buckets, each as one number: the moment when it will be full again. (The same as the generic cell rate algorithm,
 * ITU-T I.371 annex A, with that moment for its "theoretical arrival time".)
 */

/** So many at once, and one more each `everyMs` milliseconds. */
export interface Rate {
  readonly burst: number
  readonly everyMs: number
}

export type Taken = { readonly allowed: true } | { readonly allowed: false; readonly retryAfterMs: number }

/**
 * Takes `cost` from a bucket, all or nothing. A negative one gives back.
 *
 * @param fullAt when it will be full again; `undefined` or past: it is full
 * @param cost at most the rate's burst; more is never there
 * @returns what to keep as the next `fullAt`, also after a refusal: when the clock went back, the bucket counts as just
 *   emptied, and fills by the new clock
 */
export function takeFrom(
  fullAt: number | undefined,
  { burst, everyMs }: Rate,
  now: number,
  cost = 1,
): Taken & { readonly fullAt: number } {
  const empty = now + burst * everyMs
  const from = Math.min(Math.max(fullAt ?? now, now), empty)
  const next = from + cost * everyMs
  if (next > empty) return { allowed: false, fullAt: from, retryAfterMs: Math.ceil(next - empty) }
  return { allowed: true, fullAt: next }
}

/** What is in a bucket, in whole tokens. */
export function left(fullAt: number | undefined, { burst, everyMs }: Rate, now: number): number {
  return Math.max(0, Math.floor(burst - Math.max(0, (fullAt ?? now) - now) / everyMs))
}
