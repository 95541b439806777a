/** What the watch has put upon this account. Kept in a row, so that eviction lifts nothing. */

import type { Taken } from '../rates/bucket.ts'
import { KeptBuckets } from '../rates/kept-buckets.ts'
import type { Sql } from '../sql.ts'

export interface Restriction {
  readonly level: 'slowed' | 'blocked'
  /** Milliseconds since the epoch. */
  readonly until: number
}

export class Restrictions {
  readonly #sql: Sql
  readonly #slowed: KeptBuckets
  /** `null`: none; `undefined`: not read yet. */
  #present: Restriction | null | undefined

  constructor(sql: Sql) {
    this.#sql = sql
    this.#slowed = new KeptBuckets(sql, 'slowedPerAccount')
  }

  /** Puts a restriction in force; the one before it is over. */
  put({ level, until }: Restriction): void {
    this.#sql.exec('INSERT OR REPLACE INTO restrictions (id, level, until) VALUES (1, ?, ?)', level, until)
    this.#present = { level, until }
  }

  /** How long the account is still blocked, in milliseconds; `undefined` when it is not. */
  blockedFor(now: number): number | undefined {
    const present = this.#at(now)
    return present?.level === 'blocked' ? present.until - now : undefined
  }

  /** Takes one of what the account may do now. */
  take(now: number): Taken {
    const present = this.#at(now)
    if (present === undefined) return { allowed: true }
    return present.level === 'blocked'
      ? { allowed: false, retryAfterMs: present.until - now }
      : this.#slowed.take('', now)
  }

  /** Ends what is in force. */
  lift(): void {
    this.#sql.exec('DELETE FROM restrictions')
    this.#present = null
  }

  forget(): void {
    this.#present = undefined
  }

  #at(now: number): Restriction | undefined {
    this.#present ??=
      this.#sql.exec<{ level: Restriction['level']; until: number }>('SELECT level, until FROM restrictions')[0] ?? null
    return this.#present !== null && this.#present.until > now ? this.#present : undefined
  }
}
