/**
 * Groups that devices have to be told of: entries were accepted while a device was away, or were pushed to a socket that
 * ended before it acknowledged them (SPEC, T-11). One small row for each group and device, however many entries there are.
 */

import type { Sql } from '../sql.ts'

export class GroupNews {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Leaves a device news of groups. Groups that it is told of anyway cost no write. See {@link urge}. */
  leave(device: number, groups: Iterable<string>): void {
    for (const group of groups) {
      this.#sql.exec('INSERT OR IGNORE INTO group_news (device, group_id) VALUES (?, ?)', device, group)
    }
  }

  /** Leaves a device news of something urgent. Costs no write where it is left such of the group anyway. */
  urge(device: number, group: string, at: number): void {
    this.#sql.exec(
      `INSERT INTO group_news (device, group_id, urgent_at) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET urgent_at = excluded.urgent_at WHERE urgent_at IS NULL`,
      device,
      group,
      at,
    )
  }

  /** The device has read what was urgent. The rest it is told of. */
  calm(device: number, group: string): void {
    this.#sql.exec(
      'UPDATE group_news SET urgent_at = NULL WHERE device = ? AND group_id = ? AND urgent_at IS NOT NULL',
      device,
      group,
    )
  }

  /** Since when something urgent waits for a device. */
  firstUrgent(device: number): number | undefined {
    const [row] = this.#sql.exec<{ at: number | null }>(
      'SELECT min(urgent_at) AS at FROM group_news WHERE device = ?',
      device,
    )
    return row?.at ?? undefined
  }

  /** The groups that a device has to be told of. */
  of(device: number): string[] {
    const rows = this.#sql.exec<{ group_id: string }>('SELECT group_id FROM group_news WHERE device = ?', device)
    return rows.map(({ group_id }) => group_id)
  }

  /** The device has noted the news of these groups. */
  noted(device: number, groups: readonly string[]): void {
    for (const group of groups) {
      this.#sql.exec('DELETE FROM group_news WHERE device = ? AND group_id = ?', device, group)
    }
  }

  /** A socket of the device is in use from now on. Answers whether the one before it ended in the relay's sight. */
  connect(device: number): boolean {
    const isKnown = this.#sql.exec('SELECT device FROM group_connections WHERE device = ?', device).length > 0
    if (!isKnown) this.#sql.exec('INSERT INTO group_connections (device) VALUES (?)', device)
    return !isKnown
  }

  /** A device's socket ended, and what it had not acknowledged is told with the next one. */
  disconnect(device: number, unacknowledged: Iterable<string>): void {
    this.leave(device, unacknowledged)
    this.#sql.exec('DELETE FROM group_connections WHERE device = ?', device)
  }

  /** The device is no more, or starts anew. */
  remove(device: number): void {
    this.#sql.exec('DELETE FROM group_news WHERE device = ?', device)
    this.#sql.exec('DELETE FROM group_connections WHERE device = ?', device)
  }
}
