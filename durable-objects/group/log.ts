/** The group's log: commits and messages in one order, each stored once for everybody. */

import { base64urlByteLength } from '#protocol/bytes.ts'
import type { GroupChange } from '#protocol/groups/change.ts'
import type { GroupEntry } from '#protocol/groups/entries.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { Sql } from '../sql.ts'

/** What is appended: an entry without its place and time. */
export type NewEntry =
  | {
      readonly kind: 'message'
      readonly messageId: string
      readonly epoch: number
      readonly body: string
      /** Stays with the relays: no entry that members get says it. */
      readonly urgent?: boolean | undefined
    }
  | {
      readonly kind: 'commit'
      readonly messageId: string
      readonly epoch: number
      readonly body: string
      readonly change: GroupChange
      readonly sendKey: string
    }

interface LogRow extends Record<string, string | number | null> {
  seq: number
  message_id: string
  epoch: number
  at: number
  change: string | null
  send_key: string | null
  body: string
}

export class GroupLog {
  readonly #sql: Sql
  /** Seqs by message id, of all entries that are kept. */
  readonly #seqs = new Map<string, number>()
  /** Seqs of those that may wake devices. */
  readonly #urgent = new Set<number>()
  #firstSeq = 1
  #head = 0
  #latest = 0
  #oldestAt: number | undefined
  #bytes = 0

  constructor(sql: Sql) {
    this.#sql = sql
    this.forget()
  }

  /** Reads everything again, after a rollback. */
  forget(): void {
    this.#seqs.clear()
    this.#urgent.clear()
    for (const { seq, message_id, urgent } of this.#sql.exec<{ seq: number; message_id: string; urgent: number }>(
      'SELECT seq, message_id, urgent FROM log',
    )) {
      this.#seqs.set(message_id, seq)
      if (urgent === 1) this.#urgent.add(seq)
    }
    this.#firstSeq = this.#sql.exec<{ first_seq: number }>('SELECT first_seq FROM state')[0]?.first_seq ?? 1
    const [sums] = this.#sql.exec<{ head: number | null; bytes: number | null; at: number | null }>(
      'SELECT max(seq) AS head, sum(size) AS bytes, max(at) AS at FROM log',
    )
    this.#head = Math.max(sums?.head ?? 0, this.#firstSeq - 1)
    this.#bytes = sums?.bytes ?? 0
    this.#latest = sums?.at ?? 0
    this.#readOldest()
  }

  /** Highest seq; 0 before the first. */
  get head(): number {
    return this.#head
  }

  /** Lowest seq that was not deleted. */
  get firstSeq(): number {
    return this.#firstSeq
  }

  /** When the oldest entry was accepted. */
  get oldestAt(): number | undefined {
    return this.#oldestAt
  }

  /** Whether an entry may wake sleeping devices. */
  isUrgent(seq: number): boolean {
    return this.#urgent.has(seq)
  }

  hasRoomFor(bytes: number): boolean {
    return this.#seqs.size < RELAY_LIMITS.groupLogEntries && this.#bytes + bytes <= RELAY_LIMITS.groupLogBytes
  }

  /** The entry that took a message id. */
  byMessageId(messageId: string): GroupEntry | undefined {
    const seq = this.#seqs.get(messageId)
    if (seq === undefined) return undefined
    const [row] = this.#sql.exec<LogRow>(
      'SELECT seq, message_id, epoch, at, change, send_key, body FROM log WHERE seq = ?',
      seq,
    )
    return row && toEntry(row)
  }

  /** Adds an entry. Times never go back, so that the log's order is also that of its times. */
  append(entry: NewEntry, now: number): GroupEntry {
    const seq = this.#head + 1
    const at = Math.max(this.#latest, now)
    const size = base64urlByteLength(entry.body)
    const isUrgent = entry.kind === 'message' && entry.urgent === true
    this.#sql.exec(
      'INSERT INTO log (seq, message_id, epoch, at, size, change, send_key, body, urgent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      seq,
      entry.messageId,
      entry.epoch,
      at,
      size,
      entry.kind === 'commit' ? JSON.stringify(entry.change) : null,
      entry.kind === 'commit' ? entry.sendKey : null,
      entry.body,
      isUrgent ? 1 : 0,
    )
    this.#head = seq
    this.#latest = at
    this.#bytes += size
    this.#oldestAt ??= at
    this.#seqs.set(entry.messageId, seq)
    if (isUrgent) this.#urgent.add(seq)
    if (entry.kind === 'commit') return { ...entry, seq, at }
    const { kind, messageId, epoch, body } = entry
    return { kind, seq, at, messageId, epoch, body }
  }

  /** Entries after a seq up to another: at most `limit`, and a page's octets, but at least one if there is any. */
  page(after: number, upTo: number, limit: number): GroupEntry[] {
    const sizes = this.#sql.exec<{ seq: number; size: number }>(
      'SELECT seq, size FROM log WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?',
      after,
      upTo,
      limit,
    )
    let bytes = 0
    let last = after
    for (const { seq, size } of sizes) {
      bytes += size
      if (last > after && bytes > RELAY_LIMITS.pageBytes) break
      last = seq
    }
    return this.#sql
      .exec<LogRow>(
        'SELECT seq, message_id, epoch, at, change, send_key, body FROM log WHERE seq > ? AND seq <= ? ORDER BY seq',
        after,
        last,
      )
      .map(toEntry)
  }

  /** Deletes entries up to a seq, and those that were accepted before a time. */
  truncate(upTo: number, before: number): void {
    // A scan of the whole log: only when something is that old.
    const [expired] =
      (this.#oldestAt ?? Infinity) < before
        ? this.#sql.exec<{ seq: number | null }>('SELECT max(seq) AS seq FROM log WHERE at < ?', before)
        : []
    const last = Math.min(Math.max(upTo, expired?.seq ?? 0), this.#head)
    if (last < this.#firstSeq) return
    const gone = this.#sql.exec<{ seq: number; message_id: string; size: number }>(
      'DELETE FROM log WHERE seq <= ? RETURNING seq, message_id, size',
      last,
    )
    for (const { seq, message_id, size } of gone) {
      this.#seqs.delete(message_id)
      this.#urgent.delete(seq)
      this.#bytes -= size
    }
    this.#firstSeq = last + 1
    this.#sql.exec('UPDATE state SET first_seq = ? WHERE id = 1', this.#firstSeq)
    this.#readOldest()
  }

  #readOldest(): void {
    const [row] = this.#sql.exec<{ at: number }>('SELECT at FROM log ORDER BY seq LIMIT 1')
    this.#oldestAt = row?.at
  }
}

function toEntry({ seq, message_id: messageId, epoch, at, change, send_key: sendKey, body }: LogRow): GroupEntry {
  if (change === null || sendKey === null) return { kind: 'message', seq, at, messageId, epoch, body }
  // Written by `append`, from what a schema had parsed.
  return { kind: 'commit', seq, at, messageId, epoch, body, change: JSON.parse(change) as GroupChange, sendKey }
}
