/** An object's own buckets of one rate, by who takes from them. They are rows, so that eviction fills none again. */

import type { Sql } from '../sql.ts'
import { type Taken, takeFrom } from './bucket.ts'
import { type ObjectRate, RATES } from './table.ts'

/** For an object's migrations. A full bucket has no row. */
export const BUCKETS_TABLE = `CREATE TABLE buckets (
  rate TEXT NOT NULL,
  who TEXT NOT NULL,
  full_at REAL NOT NULL,
  PRIMARY KEY (rate, who)
) WITHOUT ROWID`

export class KeptBuckets {
  readonly #sql: Sql
  readonly #name: ObjectRate

  constructor(sql: Sql, name: ObjectRate) {
    this.#sql = sql
    this.#name = name
  }

  take(who: string, now: number): Taken {
    const row = this.#sql.exec<{ full_at: number }>(
      'SELECT full_at FROM buckets WHERE rate = ? AND who = ?',
      this.#name,
      who,
    )[0]
    const taken = takeFrom(row?.full_at, RATES[this.#name], now)
    if (taken.fullAt !== row?.full_at) {
      this.#sql.exec(
        'INSERT OR REPLACE INTO buckets (rate, who, full_at) VALUES (?, ?, ?)',
        this.#name,
        who,
        taken.fullAt,
      )
    }
    return taken
  }
}

/** Deletes the buckets, of all rates, that are full again by now. */
export function pruneBuckets(sql: Sql, now: number): void {
  sql.exec('DELETE FROM buckets WHERE full_at <= ?', now)
}
