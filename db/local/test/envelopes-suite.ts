import { ARCHIVE_MAX_BODY_CHARS, ARCHIVE_MAX_ROWS } from '#db/limits.ts'
import { describe, expect, it } from 'vitest'
import type { Database } from '#db/client.ts'
import {
  archiveEnvelopes,
  deleteArchived,
  deleteArchivedDevice,
  deleteArchivedExcept,
  deleteExpired,
  deleteOtherIncarnations,
  restoreInbox,
  type ArchivedEnvelope,
} from '#db/queries/envelopes.ts'
import { NOW, envelope, newAccountId } from './samples.ts'

/** Every page of the account's inboxes, joined. */
export async function restoreAll(db: Database, account: string, limit: number, now = NOW): Promise<ArchivedEnvelope[]> {
  const all: ArchivedEnvelope[] = []
  for (;;) {
    const page = await restoreInbox(db, account, { after: all.at(-1), limit, now })
    if (page.length === 0) return all
    all.push(...page)
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at)
const seqs = (rows: readonly ArchivedEnvelope[]) => rows.map(({ seq }) => seq)

export function envelopesSuite(database: () => Database): void {
  describe('archived envelopes', () => {
    it('come back as they went, page by page, in the order of the inbox', async () => {
      const account = newAccountId()
      const sent = [1, 2].flatMap((device) =>
        range(1, 25).map((seq) => envelope(account, seq, { device, urgent: seq % 2 === 0 })),
      )
      sent[3] = { ...envelope(account, 4), senderAccount: newAccountId(), senderDevice: 3 }
      await archiveEnvelopes(database(), sent.toReversed())
      expect(await restoreAll(database(), account, 7)).toEqual(sent)
      expect(await restoreAll(database(), newAccountId(), 7)).toEqual([])
    })

    it('are not doubled or changed by a batch that is sent again', async () => {
      const account = newAccountId()
      const sent = range(1, 5).map((seq) => envelope(account, seq))
      await archiveEnvelopes(database(), sent)
      await archiveEnvelopes(database(), [...sent.map((row) => ({ ...row, body: 'changed' })), envelope(account, 6)])
      const restored = await restoreAll(database(), account, 100)
      expect(seqs(restored)).toEqual(range(1, 6))
      expect(restored.slice(0, 5)).toEqual(sent)
    })

    it('take a full batch of the largest count, and refuse a larger one by name', async () => {
      const account = newAccountId()
      const full = range(1, ARCHIVE_MAX_ROWS).map((seq) => envelope(account, seq))
      await archiveEnvelopes(database(), full)
      expect(await restoreAll(database(), account, 200)).toHaveLength(ARCHIVE_MAX_ROWS)
      await expect(archiveEnvelopes(database(), [...full, envelope(account, 501)])).rejects.toThrow(RangeError)
      const large = envelope(account, 1, { body: 'A'.repeat(ARCHIVE_MAX_BODY_CHARS + 1) })
      await expect(archiveEnvelopes(database(), [large])).rejects.toThrow(RangeError)
    })

    it('end a page early when their bodies are large, and lose none by it', async () => {
      const account = newAccountId()
      const body = 'A'.repeat(3 * 1024 * 1024)
      for (const seq of range(1, 4)) await archiveEnvelopes(database(), [envelope(account, seq, { body })])
      expect(seqs(await restoreInbox(database(), account, { limit: 100, now: NOW }))).toEqual([1, 2, 3])
      expect(seqs(await restoreAll(database(), account, 100))).toEqual([1, 2, 3, 4])
    })

    it('go by cumulative and sparse acknowledgement, per device and incarnation', async () => {
      const account = newAccountId()
      const rows = [1, 2, 3].flatMap((device) => range(1, 6).map((seq) => envelope(account, seq, { device })))
      await archiveEnvelopes(database(), [...rows, envelope(account, 1, { incarnation: 'second' })])
      const deleted = await deleteArchived(database(), account, 'first', [
        { device: 1, upTo: 3, also: [5, 77] },
        { device: 2, upTo: 0, also: [6] },
      ])
      expect(deleted).toBe(5)
      const left = await restoreAll(database(), account, 100)
      expect(left.map(({ incarnation, device, seq }) => `${incarnation} ${device} ${seq}`)).toEqual([
        ...[4, 6].map((seq) => `first 1 ${seq}`),
        ...range(1, 5).map((seq) => `first 2 ${seq}`),
        ...range(1, 6).map((seq) => `first 3 ${seq}`),
        'second 1 1',
      ])
      expect(await deleteArchived(database(), account, 'first', [])).toBe(0)
    })

    it('go with their device, and with an earlier incarnation', async () => {
      const [account, other] = [newAccountId(), newAccountId()]
      await archiveEnvelopes(database(), [
        envelope(account, 1),
        envelope(account, 1, { device: 2 }),
        envelope(account, 1, { device: 2, incarnation: 'second' }),
        envelope(account, 2, { incarnation: 'second' }),
        envelope(other, 1, { device: 2 }),
      ])
      expect(await deleteArchivedDevice(database(), account, 2)).toBe(2)
      expect(await deleteOtherIncarnations(database(), account, 'second')).toBe(1)
      expect(seqs(await restoreAll(database(), account, 10))).toEqual([2])
      expect(await restoreAll(database(), other, 10)).toHaveLength(1)
    })

    it('go with every device that is no longer on the list', async () => {
      const account = newAccountId()
      await archiveEnvelopes(
        database(),
        range(1, 4).map((device) => envelope(account, 1, { device })),
      )
      expect(await deleteArchivedExcept(database(), account, [2, 4, 9])).toBe(2)
      expect((await restoreAll(database(), account, 10)).map(({ device }) => device)).toEqual([2, 4])
      expect(await deleteArchivedExcept(database(), account, [])).toBe(2)
    })

    it('are not restored once expired, and are deleted in bounded steps, the oldest first', async () => {
      const account = newAccountId()
      // A past of its own, so that the other tests' rows are not in the way.
      const past = NOW - 1_000_000
      await archiveEnvelopes(
        database(),
        range(1, 10).map((seq) => envelope(account, seq, { expiresAt: past + seq })),
      )
      expect(seqs(await restoreAll(database(), account, 10, past + 4))).toEqual(range(5, 10))
      expect(await deleteExpired(database(), past + 8, 5)).toBe(5)
      expect(seqs(await restoreAll(database(), account, 10, past))).toEqual(range(6, 10))
      expect(await deleteExpired(database(), past + 8, 5)).toBe(3)
      expect(await deleteExpired(database(), past + 8, 5)).toBe(0)
    })
  })
}
