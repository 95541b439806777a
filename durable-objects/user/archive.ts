/**
 * The outbox drain: which envelopes have waited long enough to be copied to Postgres, and which copies can go again.
 * Rules only; `drain.ts` does the talking. Nothing on a message's path waits for any of this.
 */

import type { ArchivedEnvelope, DeviceAcknowledgement } from '#db/queries/envelopes.ts'
import { ARCHIVE_MAX_BODY_CHARS, ARCHIVE_MAX_ROWS } from '#db/limits.ts'
import type { SignedDeviceList } from '#protocol/device-list.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { Sql } from '../sql.ts'
import type { Account, ArchiveMark } from './account.ts'
import { AuditOutbox } from './audit-outbox.ts'
import type { Inboxes } from './inbox.ts'

/** First and longest wait after a failed drain, in milliseconds. */
const BACKOFF_MIN = 1_000
const BACKOFF_MAX = 5 * 60_000

/** One batch of work for Postgres. */
export interface DrainBatch {
  /** The device list, when Postgres has an older one. */
  readonly list: { readonly signed: SignedDeviceList; readonly version: number } | undefined
  readonly rows: readonly ArchivedEnvelope[]
  readonly acknowledged: readonly DeviceAcknowledgement[]
  /** How far each device is archived and cleared once the batch is done. */
  readonly marks: readonly (ArchiveMark & { readonly device: number })[]
}

export class Archive {
  /** Goes with the copies: one alarm and one backoff for all that goes to Postgres. */
  readonly audit: AuditOutbox
  readonly #sql: Sql
  readonly #account: Account
  readonly #inboxes: Inboxes
  readonly #persistAfter: number

  /** `persistAfter` in milliseconds: how old an unacknowledged envelope is when it is copied; 0 copies all. */
  constructor(sql: Sql, account: Account, inboxes: Inboxes, persistAfter: number) {
    this.#sql = sql
    this.#account = account
    this.#inboxes = inboxes
    this.#persistAfter = persistAfter
    this.audit = new AuditOutbox(sql, account.id)
  }

  /** When there is something to do, as seen at `now`; `undefined` when there is not. Waits out the backoff. */
  due(now: number): number | undefined {
    const dues = this.#account.list.devices.map(({ id }) => {
      const { archivedUpto, clearedUpto } = this.#account.archiveMark(id)
      // Copies of what is acknowledged go with the next batch, or after the same wait.
      if (this.#clearable(id) > clearedUpto) return now + this.#persistAfter
      const first = this.#inboxes.firstAfter(id, archivedUpto)
      return first && first.at + this.#persistAfter
    })
    if (this.#listIsNew() || !this.audit.isEmpty) dues.push(now)
    const due = Math.min(...dues.map((at) => at ?? Infinity))
    return due === Infinity ? undefined : Math.max(due, this.#backoff().at)
  }

  /** When an envelope accepted at `now` has to be copied: for the alarm, without a query. */
  dueFor(now: number): number {
    return now + this.#persistAfter
  }

  /** Age of the oldest envelope that waits to be copied, and should have been; 0 when none does. Milliseconds. */
  lag(now: number): number {
    const ages = this.#account.list.devices.map(({ id }) => {
      const first = this.#inboxes.firstAfter(id, this.#account.archiveMark(id).archivedUpto)
      return first === undefined || first.at + this.#persistAfter > now ? 0 : now - first.at
    })
    return Math.max(0, ...ages)
  }

  /** Whether acknowledged copies wait to be deleted. Without a query when nothing was ever copied. */
  hasCopies(device: number): boolean {
    const { attemptedUpto, clearedUpto } = this.#account.archiveMark(device)
    return attemptedUpto > clearedUpto
  }

  /** The next batch; `undefined` when nothing is due. Notes durably what may be in Postgres once the batch was sent. */
  next(now: number): DrainBatch | undefined {
    const rows: ArchivedEnvelope[] = []
    const acknowledged: DeviceAcknowledgement[] = []
    const marks: DrainBatch['marks'][number][] = []
    let chars = 0
    for (const { id: device } of this.#account.list.devices) {
      const mark = this.#account.archiveMark(device)
      let { archivedUpto } = mark
      const clearedUpto = Math.max(mark.clearedUpto, this.#clearable(device))
      if (clearedUpto > mark.clearedUpto) acknowledged.push({ device, upTo: clearedUpto })
      const room = ARCHIVE_MAX_ROWS - rows.length
      const chunk = room > 0 ? this.#inboxes.waiting(device, archivedUpto, now - this.#persistAfter, room) : []
      for (const envelope of chunk) {
        if (rows.length > 0 && chars + envelope.body.length > ARCHIVE_MAX_BODY_CHARS) break
        chars += envelope.body.length
        rows.push({
          accountId: this.#account.id,
          incarnation: this.#account.incarnation,
          device,
          seq: envelope.seq,
          messageId: envelope.messageId,
          senderAccount: envelope.from?.account ?? null,
          senderDevice: envelope.from?.device ?? null,
          body: envelope.body,
          urgent: envelope.urgent,
          acceptedAt: envelope.at,
          expiresAt: envelope.at + LIMITS.envelopeTtl,
        })
        archivedUpto = envelope.seq
      }
      if (archivedUpto > mark.archivedUpto || clearedUpto > mark.clearedUpto) {
        marks.push({ device, archivedUpto, attemptedUpto: Math.max(archivedUpto, mark.attemptedUpto), clearedUpto })
      }
    }
    this.#recordAttempts(marks)
    const list = this.#listIsNew()
      ? { signed: this.#account.signedList, version: this.#account.list.version }
      : undefined
    return marks.length > 0 || list ? { list, rows, acknowledged, marks } : undefined
  }

  /** The batch is in Postgres. */
  done(batch: DrainBatch): void {
    this.#sql.transaction(() => {
      for (const { device, ...mark } of batch.marks) {
        if (this.#account.device(device)) this.#account.setArchiveMark(device, mark)
      }
      if (batch.list) this.#sql.exec('UPDATE account SET archived_list_version = ? WHERE id = 1', batch.list.version)
      this.recovered()
    })
  }

  /** Postgres has taken something. */
  recovered(): void {
    if (this.#backoff().failures > 0) this.#sql.exec('UPDATE account SET drain_failures = 0, drain_at = 0 WHERE id = 1')
  }

  /** Whether Postgres still has copies of an earlier incarnation, all of which are copied anew. */
  hasEarlierCopies(now: number): boolean {
    const restored = this.#sql.exec<{ restored: number }>('SELECT restored FROM account')[0]?.restored === 1
    return restored && this.next(now) === undefined
  }

  /** The copies of earlier incarnations are deleted. */
  earlierCopiesDeleted(): void {
    this.#sql.exec('UPDATE account SET restored = 0 WHERE id = 1')
  }

  /** The batch did not arrive: wait longer each time, with jitter (`random` in [0, 1)). Returns when to try again. */
  failed(now: number, random: number): number {
    const failures = this.#backoff().failures + 1
    const ceiling = Math.min(BACKOFF_MAX, BACKOFF_MIN * 2 ** Math.min(failures - 1, 16))
    const at = Math.round(now + ceiling * (0.5 + random / 2))
    this.#sql.exec('UPDATE account SET drain_failures = ?, drain_at = ? WHERE id = 1', failures, at)
    return at
  }

  /** Up to which seq copies of acknowledged envelopes exist. */
  #clearable(device: number): number {
    const { attemptedUpto, clearedUpto } = this.#account.archiveMark(device)
    if (attemptedUpto <= clearedUpto) return clearedUpto
    const first = this.#inboxes.firstAfter(device, 0)
    return Math.min(attemptedUpto, first ? first.seq - 1 : attemptedUpto)
  }

  #recordAttempts(marks: DrainBatch['marks']): void {
    this.#sql.transaction(() => {
      for (const { device, attemptedUpto } of marks) {
        const mark = this.#account.archiveMark(device)
        if (attemptedUpto > mark.attemptedUpto) this.#account.setArchiveMark(device, { ...mark, attemptedUpto })
      }
    })
  }

  #listIsNew(): boolean {
    const row = this.#sql.exec<{ version: number }>('SELECT archived_list_version AS version FROM account')[0]
    return (row?.version ?? 0) < this.#account.list.version
  }

  #backoff(): { failures: number; at: number } {
    const row = this.#sql.exec<{ failures: number; at: number }>(
      'SELECT drain_failures AS failures, drain_at AS at FROM account',
    )[0]
    return row ?? { failures: 0, at: 0 }
  }
}
