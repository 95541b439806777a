/** Carries the archive's batches to Postgres, and brings a lost inbox back from there. */

import type { Database } from '#db/client.ts'
import { appendAudit } from '#db/queries/audit.ts'
import { findAccount, saveDeviceList } from '#db/queries/accounts.ts'
import {
  type ArchiveKey,
  archiveEnvelopes,
  deleteArchived,
  deleteArchivedExcept,
  deleteOtherIncarnations,
  restoreInbox,
} from '#db/queries/envelopes.ts'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { migrate } from '../migrations.ts'
import type { Sql } from '../sql.ts'
import { Account } from './account.ts'
import type { Archive, DrainBatch } from './archive.ts'
import { verifyDeviceList } from './device-list-rules.ts'
import { putEnvelope } from './inbox.ts'
import { MIGRATIONS } from './schema.ts'

export { sealWhenDue } from '../audit-sealing.ts'

/** Batches of one run; the rest waits for the next alarm, so that one account never keeps its object busy for long. */
const BATCHES_PER_RUN = 20
/** Rows of one restored page. */
const RESTORE_PAGE = 500

/** What one run did. */
export interface Drained {
  /** Envelopes. */
  readonly copied: number
  /** Events. */
  readonly audited: number
}

/** Copies what is due, and writes the audit log. Rejects as the database does. */
export async function drain(archive: Archive, account: Account, db: Database, now: number): Promise<Drained> {
  let copied = 0
  for (let run = 0; run < BATCHES_PER_RUN; run += 1) {
    const batch = archive.next(now)
    if (!batch) break
    await carry(batch, account, db)
    archive.done(batch)
    copied += batch.rows.length
  }
  if (archive.hasEarlierCopies(now)) {
    await deleteOtherIncarnations(db, account.id, account.incarnation)
    archive.earlierCopiesDeleted()
  }
  return { copied, audited: await drainAudit(archive, db, now) }
}

/** After the copies, so that an audit log that takes nothing does not keep them back. */
async function drainAudit(archive: Archive, db: Database, now: number): Promise<number> {
  const waiting = archive.audit.waiting()
  const last = waiting.at(-1)
  if (!last) return 0
  await appendAudit(
    db,
    waiting.map(({ entry }) => entry),
  )
  archive.audit.taken(last.seq, now)
  archive.recovered()
  return waiting.length
}

async function carry(batch: DrainBatch, account: Account, db: Database): Promise<void> {
  await archiveEnvelopes(db, batch.rows)
  await deleteArchived(db, account.id, account.incarnation, batch.acknowledged)
  if (!batch.list) return
  await saveDeviceList(db, {
    account: account.id,
    bytes: fromBase64url(batch.list.signed.bytes),
    signature: fromBase64url(batch.list.signed.signature),
    version: batch.list.version,
  })
  await deleteArchivedExcept(
    db,
    account.id,
    account.list.devices.map(({ id }) => id),
  )
}

/**
 * Rebuilds an account whose object has no storage: its device list, and the inboxes as far as they were copied. The
 * account's row is written last, so that a crash in between leaves an object that starts over. Resolves with whether
 * there is such an account.
 */
export async function restore(sql: Sql, db: Database, accountId: string, now: number): Promise<boolean> {
  const stored = await findAccount(db, accountId)
  if (stored?.status !== 'active') return false
  const signed = { bytes: toBase64url(stored.deviceList.bytes), signature: toBase64url(stored.deviceList.signature) }
  const list = verifyDeviceList(signed)
  if (!list) return false

  migrate(sql, MIGRATIONS)
  sql.exec('DELETE FROM inbox')
  const nextSeqs = new Map(list.devices.map(({ id }) => [id, 1]))
  // Two incarnations overlap in Postgres when storage was lost twice in a row.
  const seen = new Set<string>()
  let after: ArchiveKey | undefined
  for (;;) {
    const page = await restoreInbox(db, accountId, { after, limit: RESTORE_PAGE, now })
    if (page.length === 0) break
    after = page.at(-1)
    sql.transaction(() => {
      for (const row of page) {
        const seq = nextSeqs.get(row.device)
        if (seq === undefined || seen.has(`${row.device} ${row.messageId}`)) continue
        seen.add(`${row.device} ${row.messageId}`)
        nextSeqs.set(row.device, seq + 1)
        const { senderAccount, senderDevice, messageId, body, urgent } = row
        const from =
          senderAccount === null || senderDevice === null ? undefined : { account: senderAccount, device: senderDevice }
        putEnvelope(sql, row.device, seq, { messageId, from, body, urgent }, row.acceptedAt)
      }
    })
  }
  sql.transaction(() => {
    Account.create(sql, list, signed, list.version, now)
    for (const [device, nextSeq] of nextSeqs) sql.exec('UPDATE devices SET next_seq = ? WHERE id = ?', nextSeq, device)
    sql.exec('UPDATE account SET restored = 1 WHERE id = 1')
  })
  return true
}
