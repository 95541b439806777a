/**
 * Events of an object that wait to be written to the audit log. They are stored in the transaction of what they tell, so
 * that neither is without the other, and nothing waits for Postgres. The drain carries them there.
 */

import { type AuditEntry, type AuditEvent, type AuditOccasion, auditEntry } from '#db/audit/events.ts'
import { AUDIT_MAX_ROWS } from '#db/limits.ts'
import type { Sql } from '../sql.ts'

/**
 * Events that wait at most: one batch. A busy account makes a few in a month; a hostile one cannot fill the storage while
 * Postgres is away.
 */
export const AUDIT_WAITING_MAX = AUDIT_MAX_ROWS

export class AuditOutbox {
  readonly #sql: Sql
  readonly #subject: string
  readonly #table: 'account' | 'watch'

  /**
   * @param subject whom events that found no room are counted for
   * @param table the object's table of one row that counts them
   */
  constructor(sql: Sql, subject: string, table: 'account' | 'watch' = 'account') {
    this.#sql = sql
    this.#subject = subject
    this.#table = table
  }

  /** Keeps an event; to be called inside the transaction of what it tells. When there is no room, only counts it. */
  add(event: AuditEvent, occasion: AuditOccasion): void {
    if (this.#count() < AUDIT_WAITING_MAX) this.#keep(auditEntry(event, occasion))
    else this.#sql.exec(`UPDATE ${this.#table} SET audit_dropped = audit_dropped + 1 WHERE id = 1`)
  }

  get isEmpty(): boolean {
    return this.#sql.exec('SELECT seq FROM audit_outbox LIMIT 1').length === 0
  }

  /** What waits, the oldest first, each under the number that {@link taken} wants. */
  waiting(): readonly { readonly seq: number; readonly entry: AuditEntry }[] {
    return this.#sql
      .exec<{ seq: number; entry: string }>('SELECT seq, entry FROM audit_outbox ORDER BY seq')
      .map(({ seq, entry }) => ({ seq, entry: JSON.parse(entry) as AuditEntry }))
  }

  /** Everything up to `seq` is in the audit log. If events were dropped meanwhile, that is the next one. */
  taken(seq: number, now: number): void {
    this.#sql.transaction(() => {
      this.#sql.exec('DELETE FROM audit_outbox WHERE seq <= ?', seq)
      const count =
        this.#sql.exec<{ count: number }>(`SELECT audit_dropped AS count FROM ${this.#table}`)[0]?.count ?? 0
      if (count === 0) return
      this.#sql.exec(`UPDATE ${this.#table} SET audit_dropped = 0 WHERE id = 1`)
      const correlationId = crypto.randomUUID().replaceAll('-', '')
      const dropped = { type: 'eventsDropped', actor: 'system', subject: this.#subject, details: { count } } as const
      this.#keep(auditEntry(dropped, { correlationId, now }))
    })
  }

  #keep(entry: AuditEntry): void {
    this.#sql.exec('INSERT INTO audit_outbox (entry) VALUES (?)', JSON.stringify(entry))
  }

  #count(): number {
    return this.#sql.exec<{ count: number }>('SELECT count(*) AS count FROM audit_outbox')[0]?.count ?? 0
  }
}
