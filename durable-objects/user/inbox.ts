/**
 * The inboxes of an account's devices: gapless seqs, quotas, pages, acknowledgements, expiry. Rules only; the caller
 * opens the transaction.
 */

import type { DeliveredEnvelope, Gap } from '#protocol/frames/deliver.ts'
import { base64urlByteLength } from '#protocol/bytes.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { Sql } from '../sql.ts'
import { seqOf, slotOf } from './schema.ts'

interface Load {
  count: number
  bytes: number
}

/** What the relay keeps in memory of one inbox; derived from storage, and reloaded from it after a rollback. */
interface InboxState {
  nextSeq: number
  /** Envelopes and octets that wait, or more: see `exact`. */
  count: number
  bytes: number
  /** Whether nothing was deleted since the two were counted. They only serve the quota, so they are counted anew when it nears. */
  exact: boolean
  /** The same of single senders, as far as they were counted since the two were. */
  readonly shares: Map<string, Load>
  /** Whether the device has gaps to be told of: spares the hot path a query. */
  gaps: boolean
}

export interface AppendedEnvelope {
  readonly messageId: string
  readonly from: DeviceAddress | undefined
  readonly body: string
  /** May wake a sleeping device. */
  readonly urgent: boolean
}

/** An envelope with what only the relay needs of it. */
export interface StoredEnvelope extends DeliveredEnvelope {
  readonly urgent: boolean
}

const COLUMNS = 'slot, message_id, from_account, from_device, accepted_at, urgent, size, body'

interface InboxRow extends Record<string, string | number | null> {
  slot: number
  message_id: string
  from_account: string | null
  from_device: number | null
  accepted_at: number
  urgent: number
  size: number
  body: string
}

/** What comes next for a device that has everything up to a seq. */
export type Chunk =
  | { readonly kind: 'items'; readonly items: readonly DeliveredEnvelope[] }
  | { readonly kind: 'gap'; readonly gap: Gap }
  | { readonly kind: 'end'; readonly upTo: number }

export class Inboxes {
  readonly #sql: Sql
  readonly #states = new Map<number, InboxState>()

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Drops what is kept in memory: after a rollback, storage is right and memory is not. */
  forget(): void {
    this.#states.clear()
  }

  /** The seq that the device's next envelope gets. */
  nextSeq(device: number): number {
    return this.#state(device).nextSeq
  }

  /** Envelopes that wait for the device. */
  count(device: number): number {
    return this.#counted(device).count
  }

  /** Whether one more envelope of `size` octets fits, into the whole inbox or the first `part` of it. */
  hasRoom(device: number, size: number, part = 1): boolean {
    const fits = ({ count, bytes }: InboxState) =>
      count < RELAY_LIMITS.inboxEnvelopes * part && bytes + size <= RELAY_LIMITS.inboxBytes * part
    return fits(this.#state(device)) || fits(this.#counted(device))
  }

  /** Whether an envelope of a sender leaves room for those of others: one fills at most half of an inbox. */
  leavesRoom(device: number, size: number, sender: string): boolean {
    const isHalf = ({ count, bytes }: Load) =>
      count < RELAY_LIMITS.inboxEnvelopes / 2 && bytes + size <= RELAY_LIMITS.inboxBytes / 2
    return isHalf(this.#state(device)) || isHalf(this.#counted(device)) || isHalf(this.#share(device, sender))
  }

  /** Stores an envelope under the device's next seq. Call {@link saveSeqs} before the transaction ends. */
  append(device: number, envelope: AppendedEnvelope, now: number): DeliveredEnvelope {
    const state = this.#state(device)
    const seq = state.nextSeq
    const size = putEnvelope(this.#sql, device, seq, envelope, now)
    state.nextSeq += 1
    state.count += 1
    state.bytes += size
    const share = state.shares.get(envelope.from?.account ?? '')
    if (share !== undefined) Object.assign(share, { count: share.count + 1, bytes: share.bytes + size })
    const { messageId, from, body } = envelope
    return { seq, messageId, ...(from && { from }), at: now, body }
  }

  /** Uses up the device's next seq for an envelope that it will not get, so that it learns that it missed one. */
  skip(device: number, reason: 'overflow' | 'noPrekeys'): void {
    const state = this.#state(device)
    this.#recordGap(device, state.nextSeq, state.nextSeq, reason)
    state.nextSeq += 1
  }

  /** Writes the seqs that `devices` have reached: one row each per transaction, whatever was appended. */
  saveSeqs(devices: Iterable<number>): void {
    for (const device of devices) {
      this.#sql.exec('UPDATE devices SET next_seq = ? WHERE id = ?', this.#state(device).nextSeq, device)
    }
  }

  /** The next envelopes after `after`, at most `maxItems` and about `maxBytes` octets, but at least one. */
  next(device: number, after: number, maxItems: number, maxBytes: number): Chunk {
    const state = this.#state(device)
    if (after >= state.nextSeq - 1) return { kind: 'end', upTo: state.nextSeq - 1 }
    const gap = state.gaps ? this.#firstGap(device, after) : undefined
    if (gap && gap.from <= after + 1) return { kind: 'gap', gap }
    const rows = this.#sql.exec<InboxRow>(
      `SELECT ${COLUMNS} FROM inbox WHERE slot > ? AND slot < ? ORDER BY slot LIMIT ?`,
      slotOf(device, after),
      slotOf(device, gap?.from ?? state.nextSeq),
      maxItems,
    )
    const items: DeliveredEnvelope[] = []
    let bytes = 0
    for (const row of rows) {
      if (items.length > 0 && bytes + row.size > maxBytes) break
      bytes += row.size
      items.push(delivered(row))
    }
    if (items.length > 0) return { kind: 'items', items }
    // Only envelopes that were acknowledged sparsely stood here.
    return gap ? { kind: 'gap', gap } : { kind: 'end', upTo: state.nextSeq - 1 }
  }

  /** At most `limit` envelopes after `after` that were accepted at or before `cutoff`. Times ascend with seqs. */
  waiting(device: number, after: number, cutoff: number, limit: number): StoredEnvelope[] {
    const rows = this.#sql.exec<InboxRow>(
      `SELECT ${COLUMNS} FROM inbox WHERE slot > ? AND slot < ? AND accepted_at <= ? ORDER BY slot LIMIT ?`,
      slotOf(device, after),
      slotOf(device + 1, 0),
      cutoff,
      limit,
    )
    return rows.map((row) => Object.assign(delivered(row), { urgent: row.urgent === 1 }))
  }

  /** How many envelopes up to `upTo` wait for an acknowledgement, and their octets. */
  unacknowledged(device: number, upTo: number): { count: number; bytes: number } {
    const row = this.#sql.exec<{ count: number; bytes: number }>(
      'SELECT count(*) AS count, coalesce(sum(size), 0) AS bytes FROM inbox WHERE slot > ? AND slot <= ?',
      slotOf(device, 0),
      slotOf(device, upTo),
    )[0]
    return row ?? { count: 0, bytes: 0 }
  }

  /** Deletes what the device has: everything up to `upTo`, and the seqs of `also`. */
  acknowledge(device: number, upTo: number, also: readonly number[] = []): void {
    const state = this.#state(device)
    this.#sql.exec('DELETE FROM inbox WHERE slot > ? AND slot <= ?', slotOf(device, 0), slotOf(device, upTo))
    for (const seq of also) this.#sql.exec('DELETE FROM inbox WHERE slot = ?', slotOf(device, seq))
    state.exact = false
    if (state.gaps) {
      this.#sql.exec('DELETE FROM gaps WHERE device = ? AND to_seq <= ?', device, upTo)
      state.gaps = this.#firstGap(device, 0) !== undefined
    }
  }

  /** Deletes envelopes accepted at or before `cutoff` and leaves a gap in their place. Returns how many went. */
  expire(device: number, cutoff: number): number {
    const row = this.#sql.exec<{ first: number | null; last: number | null; count: number }>(
      'SELECT min(slot) AS first, max(slot) AS last, count(*) AS count FROM inbox WHERE slot > ? AND slot < ? AND accepted_at <= ?',
      slotOf(device, 0),
      slotOf(device + 1, 0),
      cutoff,
    )[0]
    if (!row || row.first === null || row.last === null) return 0
    this.#state(device).exact = false
    this.#sql.exec('DELETE FROM inbox WHERE slot >= ? AND slot <= ? AND accepted_at <= ?', row.first, row.last, cutoff)
    this.#recordGap(device, seqOf(row.first), seqOf(row.last), 'expired')
    return row.count
  }

  /** When the first waiting envelope after `after` was accepted, and its seq. */
  firstAfter(device: number, after: number): { seq: number; at: number } | undefined {
    const row = this.#sql.exec<{ slot: number; accepted_at: number }>(
      'SELECT slot, accepted_at FROM inbox WHERE slot > ? AND slot < ? ORDER BY slot LIMIT 1',
      slotOf(device, after),
      slotOf(device + 1, 0),
    )[0]
    return row && { seq: seqOf(row.slot), at: row.accepted_at }
  }

  /** When the first urgent envelope that waits was accepted; `undefined` when none does. */
  firstUrgent(device: number): number | undefined {
    const row = this.#sql.exec<{ accepted_at: number }>(
      'SELECT accepted_at FROM inbox WHERE slot > ? AND slot < ? AND urgent = 1 ORDER BY slot LIMIT 1',
      slotOf(device, 0),
      slotOf(device + 1, 0),
    )[0]
    return row?.accepted_at
  }

  /** When the newest waiting envelope was accepted; 0 when none waits. */
  newest(device: number): number {
    const row = this.#sql.exec<{ accepted_at: number }>(
      'SELECT accepted_at FROM inbox WHERE slot > ? AND slot < ? ORDER BY slot DESC LIMIT 1',
      slotOf(device, 0),
      slotOf(device + 1, 0),
    )[0]
    return row?.accepted_at ?? 0
  }

  /** Forgets a device that was removed. */
  remove(device: number): void {
    this.#sql.exec('DELETE FROM inbox WHERE slot > ? AND slot < ?', slotOf(device, 0), slotOf(device + 1, 0))
    this.#sql.exec('DELETE FROM gaps WHERE device = ?', device)
    this.#states.delete(device)
  }

  #firstGap(device: number, after: number): Gap | undefined {
    const row = this.#sql.exec<{ from_seq: number; to_seq: number; reason: Gap['reason'] }>(
      'SELECT from_seq, to_seq, reason FROM gaps WHERE device = ? AND to_seq > ? ORDER BY from_seq LIMIT 1',
      device,
      after,
    )[0]
    return row && { type: 'gap', from: row.from_seq, to: row.to_seq, reason: row.reason }
  }

  #recordGap(device: number, from: number, to: number, reason: Gap['reason']): void {
    const state = this.#state(device)
    const grown = this.#sql.exec(
      'UPDATE gaps SET to_seq = ? WHERE device = ? AND to_seq = ? AND reason = ? RETURNING device',
      to,
      device,
      from - 1,
      reason,
    )
    if (grown.length === 0) {
      this.#sql.exec(
        'INSERT OR REPLACE INTO gaps (device, from_seq, to_seq, reason) VALUES (?, ?, ?, ?)',
        device,
        from,
        to,
        reason,
      )
    }
    state.gaps = true
  }

  #counted(device: number): InboxState {
    const state = this.#state(device)
    if (!state.exact) {
      state.shares.clear()
      Object.assign(state, this.unacknowledged(device, state.nextSeq), { exact: true })
    }
    return state
  }

  /** What waits of one sender. Reads the whole inbox once, and only when it is more than half full. */
  #share(device: number, sender: string): Load {
    const { shares, nextSeq } = this.#state(device)
    const known = shares.get(sender)
    if (known) return known
    const row = this.#sql.exec<{ count: number; bytes: number | null }>(
      'SELECT count(*) AS count, sum(size) AS bytes FROM inbox WHERE slot > ? AND slot < ? AND from_account = ?',
      slotOf(device, 0),
      slotOf(device, nextSeq),
      sender,
    )[0]
    const share = { count: row?.count ?? 0, bytes: row?.bytes ?? 0 }
    shares.set(sender, share)
    return share
  }

  #state(device: number): InboxState {
    const known = this.#states.get(device)
    if (known) return known
    const row = this.#sql.exec<{ next_seq: number }>('SELECT next_seq FROM devices WHERE id = ?', device)[0]
    const nextSeq = row?.next_seq ?? 1
    const waiting = this.unacknowledged(device, nextSeq)
    const state = { nextSeq, ...waiting, exact: true, shares: new Map<string, Load>(), gaps: false }
    this.#states.set(device, state)
    state.gaps = this.#sql.exec('SELECT 1 AS found FROM gaps WHERE device = ? LIMIT 1', device).length > 0
    return state
  }
}

/** Writes one envelope's row; returns its octets. */
export function putEnvelope(sql: Sql, device: number, seq: number, envelope: AppendedEnvelope, at: number): number {
  const size = base64urlByteLength(envelope.body)
  sql.exec(
    `INSERT INTO inbox (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    slotOf(device, seq),
    envelope.messageId,
    envelope.from?.account ?? null,
    envelope.from?.device ?? null,
    at,
    envelope.urgent ? 1 : 0,
    size,
    envelope.body,
  )
  return size
}

function delivered(row: InboxRow): DeliveredEnvelope {
  return {
    seq: seqOf(row.slot),
    messageId: row.message_id,
    ...(row.from_account !== null &&
      row.from_device !== null && { from: { account: row.from_account, device: row.from_device } }),
    at: row.accepted_at,
    body: row.body,
  }
}
