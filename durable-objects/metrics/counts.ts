/** What was counted, in SQLite: one row for each metric and label. Rules only. */

import type { Migrations } from '../migrations.ts'
import type { Sql } from '../sql.ts'
import { METRICS, type MetricKind, type Sample } from './table.ts'

export const MIGRATIONS: Migrations = [
  [
    // `at`: when the value was set, of those that are not added up.
    `CREATE TABLE counts (
       name TEXT NOT NULL,
       label TEXT NOT NULL,
       value REAL NOT NULL,
       at INTEGER NOT NULL,
       PRIMARY KEY (name, label)
     ) WITHOUT ROWID`,
  ],
]

/** For which a peak is remembered: longer than anybody waits between two looks. */
export const PEAK_MS = 10 * 60_000
/** A label is a word of the code. */
const LABEL = /^[A-Za-z]{1,32}$/

interface CountRow extends Record<string, string | number | null> {
  name: string
  label: string
  value: number
  at: number
}

export class Counts {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Counts samples. One that is not of the table, as of a newer build, is left out. */
  count(samples: readonly Sample[], now: number): void {
    this.#sql.transaction(() => {
      for (const { name, label = '', value } of samples) {
        const kind: MetricKind | undefined = METRICS[name]
        if (kind === undefined || (kind.label === undefined ? label !== '' : !LABEL.test(label))) continue
        this.#sql.exec(
          `INSERT INTO counts (name, label, value, at) VALUES (?1, ?2, ?3, ?4)
           ON CONFLICT DO UPDATE SET value = ${NEXT[kind.type]}, at = excluded.at`,
          name,
          label,
          value,
          now,
        )
      }
    })
  }

  /** Everything that was ever counted. */
  all(now: number): Sample[] {
    return this.#sql
      .exec<CountRow>('SELECT * FROM counts ORDER BY name, label')
      .flatMap(({ name, label, value, at }) => {
        // A metric of another build.
        if (!(name in METRICS)) return []
        const known = name as Sample['name']
        const isOver = METRICS[known].type === 'peak' && at <= now - PEAK_MS
        return [{ name: known, ...(label !== '' && { label }), value: isOver ? 0 : value }]
      })
  }
}

const NEXT: Record<MetricKind['type'], string> = {
  counter: 'value + excluded.value',
  peak: `CASE WHEN at <= excluded.at - ${PEAK_MS} THEN excluded.value ELSE max(value, excluded.value) END`,
  time: 'max(value, excluded.value)',
}
