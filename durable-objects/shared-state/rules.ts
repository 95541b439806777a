/** Claims and buckets in SQLite. Rows that ran out are swept by alarm. */

import { type Migrations } from '../migrations.ts'
import type { Sql } from '../sql.ts'
import { type Rate, type Taken, takeFrom } from '../rates/bucket.ts'

export const MIGRATIONS: Migrations = [
  [
    `CREATE TABLE claims (key TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE counters (key TEXT PRIMARY KEY, count INTEGER NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID`,
  ],
  [`CREATE TABLE buckets (key TEXT PRIMARY KEY, full_at REAL NOT NULL) WITHOUT ROWID`, 'DROP TABLE counters'],
  // Who claimed, where the same one may claim again; empty where nobody may.
  [`ALTER TABLE claims ADD COLUMN holder TEXT NOT NULL DEFAULT ''`],
]

export class SharedStateRules {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  claim(key: string, ttlMs: number, now: number, holder = ''): boolean {
    const claimed = this.#sql.exec(
      `INSERT INTO claims (key, expires_at, holder) VALUES (?1, ?2, ?4)
       ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at, holder = excluded.holder
         WHERE claims.expires_at <= ?3 OR (claims.holder = ?4 AND ?4 <> '')
       RETURNING key`,
      key,
      now + ttlMs,
      now,
      holder,
    )
    return claimed.length > 0
  }

  take(key: string, rate: Rate, now: number, cost?: number): Taken {
    const row = this.#sql.exec<{ full_at: number }>('SELECT full_at FROM buckets WHERE key = ?', key)[0]
    const { fullAt, ...taken } = takeFrom(row?.full_at, rate, now, cost)
    if (fullAt !== row?.full_at) {
      this.#sql.exec('INSERT OR REPLACE INTO buckets (key, full_at) VALUES (?, ?)', key, fullAt)
    }
    return taken
  }

  /** Deletes what ran out; returns when the next row does. */
  sweep(now: number): number | undefined {
    this.#sql.exec('DELETE FROM claims WHERE expires_at <= ?', now)
    this.#sql.exec('DELETE FROM buckets WHERE full_at <= ?', now)
    const row = this.#sql.exec<{ at: number | null }>(
      'SELECT min(expires_at) AS at FROM (SELECT expires_at FROM claims UNION ALL SELECT full_at FROM buckets)',
    )[0]
    return typeof row?.at === 'number' ? Math.ceil(row.at) : undefined
  }
}
