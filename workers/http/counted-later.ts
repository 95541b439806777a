/** What is counted after it was let through: sums that wait to be taken from their buckets. Pure; `now` in milliseconds. */

import type { Rate, Taken } from '#durable-objects/rates/bucket.ts'

/** Of so many keys; the oldest are forgotten for more, and were counted by then, unless a flood has as many addresses. */
const KEPT = 10_000

interface Sum {
  /** Let through, and not taken from the bucket yet. */
  waiting: number
  /** Until when nothing is let through. */
  refusedUntil: number
  /** Whether somebody is about to take what waits. */
  due: boolean
}

/**
 * The truth is in the buckets: this is of one isolate, and may vanish. What a bucket refuses stays in the sum and is paid for later, or
 * whoever always asks for a little more than is left would never pay.
 */
export class CountedLater {
  readonly #sums = new Map<string, Sum>()

  /** Whether so much may be let through, by what is known here: no more than a burst waits for its count. */
  judge(key: string, { burst, everyMs }: Rate, cost: number, now: number): Taken {
    const { waiting, refusedUntil } = this.#sums.get(key) ?? NOTHING
    if (refusedUntil > now) return { allowed: false, retryAfterMs: refusedUntil - now }
    const excess = waiting + cost - burst
    return excess > 0 ? { allowed: false, retryAfterMs: Math.ceil(excess * everyMs) } : { allowed: true }
  }

  /** Adds what was let through. When it answers `true`, the caller has to see to it that {@link take} is called in a while. */
  add(key: string, cost: number): boolean {
    const sum = this.#sum(key)
    sum.waiting += cost
    if (sum.due || sum.waiting === 0) return false
    sum.due = true
    return true
  }

  /**
   * Whether somebody has to see to it that {@link take} is called, as after {@link add}, though nothing was added: what is owed may be there by now.
   * Without it, who owes a whole burst would be refused for ever.
   */
  isOverdue(key: string, now: number): boolean {
    const sum = this.#sums.get(key)
    if (sum === undefined || sum.due || sum.waiting === 0 || sum.refusedUntil > now) return false
    sum.due = true
    return true
  }

  /** What to take from the bucket now, at most its burst. What became of it goes to {@link settle}. */
  take(key: string, { burst }: Rate): number {
    const sum = this.#sum(key)
    const cost = Math.min(sum.waiting, burst)
    sum.waiting -= cost
    sum.due = false
    return cost
  }

  settle(key: string, cost: number, taken: Taken, now: number): void {
    const sum = this.#sum(key)
    if (!taken.allowed) {
      sum.waiting += cost
      sum.refusedUntil = now + taken.retryAfterMs
    } else if (sum.waiting === 0 && !sum.due) this.#sums.delete(key)
  }

  #sum(key: string): Sum {
    const known = this.#sums.get(key)
    if (known) return known
    for (const oldest of this.#sums.keys()) {
      if (this.#sums.size < KEPT) break
      this.#sums.delete(oldest)
    }
    const sum = { ...NOTHING }
    this.#sums.set(key, sum)
    return sum
  }
}

const NOTHING: Sum = { waiting: 0, refusedUntil: 0, due: false }
