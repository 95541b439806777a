/** How many accounts an account begins to write to: mailings to everybody stop here. */

import { KeptBuckets } from '../rates/kept-buckets.ts'
import type { Taken } from '../rates/bucket.ts'
import type { Sql } from '../sql.ts'

/** Accounts that are remembered; beyond, all are forgotten, and cost a token again. */
const REMEMBERED = 2_000

/**
 * Who was written to is in memory alone: a list of somebody's contacts does not belong into storage. What is in the bucket
 * is kept, so that eviction gives nothing back.
 */
export class NewRecipients {
  readonly #buckets: KeptBuckets
  readonly #known = new Set<string>()

  constructor(sql: Sql) {
    this.#buckets = new KeptBuckets(sql, 'newRecipientsPerAccount')
  }

  /** Whether the account wrote to `recipient` since the object woke. */
  knows(recipient: string): boolean {
    return this.#known.has(recipient)
  }

  /** Whether the account may write to `recipient` now. */
  take(recipient: string, now: number): Taken {
    if (this.#known.has(recipient)) return { allowed: true }
    const taken = this.#buckets.take('', now)
    if (!taken.allowed) return taken
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    this.#known.add(recipient)
    return taken
  }
}
