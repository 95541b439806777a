/** Claims and counters in SQLite. Rows that ran out are swept by alarm. */

import { type Migrations } from '../migrations.ts'
import type { Sql } from '../sql.ts'
import { type Allowance, type Taken, windowAt } from './contract.ts'

export const MIGRATIONS: Migrations = [
  [
    `CREATE TABLE claims (key TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE counters (key TEXT PRIMARY KEY, count INTEGER NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID`,
  ],
]

export class SharedStateRules {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  claim(key: string, ttlMs: number, now: number): boolean {
    const claimed = this.#sql.exec(
      `INSERT INTO claims (key, expires_at) VALUES (?1, ?2)
       ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at WHERE claims.expires_at <= ?3
       RETURNING key`,
      key,
      now + ttlMs,
      now,
    )
    return claimed.length > 0
  }

  take(key: string, { limit, windowMs }: Allowance, now: number): Taken {
    const { index, endsAt } = windowAt(now, windowMs)
    const row = this.#sql.exec<{ count: number }>(
      `INSERT INTO counters (key, count, expires_at) VALUES (?1, 1, ?2)
       ON CONFLICT (key) DO UPDATE SET count = min(counters.count + 1, ?3) RETURNING count`,
      `${key} ${windowMs} ${index}`,
      endsAt,
      limit + 1,
    )[0]
    return (row?.count ?? 1) <= limit ? { allowed: true } : { allowed: false, retryAfterMs: endsAt - now }
  }

  /** Deletes what ran out; returns when the next row does. */
  sweep(now: number): number | undefined {
    this.#sql.exec('DELETE FROM claims WHERE expires_at <= ?', now)
    this.#sql.exec('DELETE FROM counters WHERE expires_at <= ?', now)
    const row = this.#sql.exec<{ at: number | null }>(
      'SELECT min(expires_at) AS at FROM (SELECT expires_at FROM claims UNION ALL SELECT expires_at FROM counters)',
    )[0]
    return row?.at ?? undefined
  }
}
