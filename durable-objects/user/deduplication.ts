/** Message ids that were accepted, with the hash of their payload, for as long as the inbox keeps messages. */

import { createHash } from 'node:crypto'
import type { OutgoingMessage } from '#protocol/frames/send.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { Sql } from '../sql.ts'

const DAY = 86_400_000

/** The hash that tells a retry from another message under the same id: over sender and all envelopes, 16 octets of SHA-256. */
export function payloadHash(from: DeviceAddress | undefined, message: OutgoingMessage): string {
  // A body has no comma and no semicolon, so the joined text is unambiguous.
  let text = `${from?.account ?? ''},${from?.device ?? ''}`
  for (const { device, registrationId, body } of message.envelopes) text += `;${device},${registrationId},${body}`
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

export class Deduplication {
  readonly #sql: Sql
  /** When the oldest id runs out; `undefined` while there is none. Also in storage, in the account's row. */
  #due: number | undefined

  constructor(sql: Sql) {
    this.#sql = sql
    this.#load()
  }

  /** Drops what is kept in memory, after a rollback. */
  forget(): void {
    this.#load()
  }

  /** Whether `messageId` was accepted before: never, with this payload, or with another. */
  seen(messageId: string, hash: string): 'new' | 'same' | 'other' {
    const row = this.#sql.exec<{ payload_hash: string }>(
      'SELECT payload_hash FROM deduplication WHERE message_id = ?',
      messageId,
    )[0]
    if (!row) return 'new'
    return row.payload_hash === hash ? 'same' : 'other'
  }

  record(messageId: string, hash: string, now: number): void {
    this.#sql.exec(
      'INSERT INTO deduplication (message_id, payload_hash, accepted_at) VALUES (?, ?, ?)',
      messageId,
      hash,
      now,
    )
    if (this.#due === undefined) this.#setDue(now + LIMITS.envelopeTtl)
  }

  /** When {@link prune} has something to do; `undefined` while there is nothing to forget. */
  get due(): number | undefined {
    return this.#due
  }

  /**
   * Forgets ids past their time. Scans the whole table, because an index would cost a row written for each message: so it
   * runs at most once a day.
   */
  prune(now: number): void {
    if (this.#due === undefined || this.#due > now) return
    this.#sql.exec('DELETE FROM deduplication WHERE accepted_at <= ?', now - LIMITS.envelopeTtl)
    const oldest = this.#sql.exec<{ at: number | null }>('SELECT min(accepted_at) AS at FROM deduplication')[0]?.at
    this.#setDue(typeof oldest === 'number' ? Math.max(oldest + LIMITS.envelopeTtl, now + DAY) : undefined)
  }

  #setDue(due: number | undefined): void {
    this.#due = due
    this.#sql.exec('UPDATE account SET deduplication_due = ? WHERE id = 1', due ?? null)
  }

  #load(): void {
    const row = this.#sql.exec<{ due: number | null }>('SELECT deduplication_due AS due FROM account')[0]
    this.#due = row?.due ?? undefined
  }
}
