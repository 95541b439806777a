import { describe, expect, it } from 'vitest'
import { AUDIT_TIME_STEP_MS } from '#db/audit/events.ts'
import { deviceRecord, nextList, prekeyUpload, testAccount } from '../testing/accounts.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { BY, relayFor } from '../testing/relays.ts'
import { Archive } from './archive.ts'
import { AUDIT_WAITING_MAX } from './audit-outbox.ts'
import { Relay } from './relay.ts'

const NOW = 10.5 * AUDIT_TIME_STEP_MS

async function setUp() {
  const alice = await testAccount()
  const sql = nodeSql()
  const relay = relayFor(alice, sql)
  return { alice, sql, relay, archive: new Archive(sql, relay.account, relay.inboxes, 30_000) }
}

describe('events for the audit log', () => {
  it('wait with what they tell, say who did it in which request, and are due at once', async () => {
    const { alice, sql, relay, archive } = await setUp()
    expect(archive.audit.isEmpty).toBe(true)
    const by = { device: 1, correlationId: 'a'.repeat(32) }
    const two = nextList(alice, alice.list, [...alice.list.devices, deviceRecord(2)])
    const uploads = [{ device: 2, upload: await prekeyUpload(alice.identity) }]
    relay.updateDeviceList(two.signed, uploads, NOW, by)
    // The same list again is no change.
    relay.updateDeviceList(two.signed, uploads, NOW, BY)
    relay.revokeTokens(2, NOW, by)
    relay.updateDeviceList(nextList(alice, two.list, alice.list.devices).signed, [], NOW, by)
    const batch = archive.next(NOW)
    if (batch) archive.done(batch)
    expect(archive.due(NOW)).toBe(NOW)
    const woken = new Relay(sql)
    const { audit } = new Archive(sql, woken.account, woken.inboxes, 30_000)
    const entries = audit.waiting().map(({ entry }) => entry)
    const same = { at: 10 * AUDIT_TIME_STEP_MS, actor: alice.id, subject: alice.id, correlationId: by.correlationId }
    expect(entries.map(({ details, id, ...entry }) => [entry, JSON.parse(details) as unknown, id.length])).toEqual([
      [{ type: 'deviceListChanged', ...same }, { by: 1, version: 2, added: [2], removed: [], reset: [] }, 22],
      [{ type: 'tokensRevoked', ...same }, { by: 1, device: 2 }, 22],
      [{ type: 'deviceListChanged', ...same }, { by: 1, version: 3, added: [], removed: [2], reset: [] }, 22],
    ])
    expect(audit.waiting().map(({ entry }) => entry)).toEqual(entries)
  })

  it('are not there when what they tell did not happen', async () => {
    const { alice, relay, archive } = await setUp()
    const two = nextList(alice, alice.list, [...alice.list.devices, deviceRecord(2)])
    expect(relay.updateDeviceList(two.signed, [], NOW, BY).ok).toBe(false)
    expect(() => relay.revokeTokens(1, NOW, { device: 1, correlationId: 'not one' })).toThrow()
    expect(archive.audit.isEmpty).toBe(true)
    expect(relay.account.tokenEpoch(1)).toBe(1)
  })

  it('go once they were taken, and not those that came meanwhile', async () => {
    const { relay, archive } = await setUp()
    relay.revokeTokens(1, NOW, BY)
    const [first] = archive.audit.waiting()
    relay.revokeTokens(1, NOW, BY)
    archive.audit.taken(first?.seq ?? 0, NOW)
    expect(archive.audit.waiting().map(({ seq }) => seq)).toEqual([(first?.seq ?? 0) + 1])
    archive.audit.taken((first?.seq ?? 0) + 1, NOW)
    expect(archive.due(NOW)).toBeUndefined()
  })

  it('are counted instead of kept when too many wait, and the count is an event of its own', async () => {
    const { alice, relay, archive } = await setUp()
    for (let n = 0; n < AUDIT_WAITING_MAX + 7; n += 1) relay.revokeTokens(1, NOW + n, BY)
    const waiting = archive.audit.waiting()
    expect(waiting).toHaveLength(AUDIT_WAITING_MAX)
    archive.audit.taken(waiting.at(-1)?.seq ?? 0, NOW)
    expect(archive.audit.waiting().map(({ entry }) => entry)).toMatchObject([
      { type: 'eventsDropped', actor: 'system', subject: alice.id, details: '{"count":7}' },
    ])
    archive.audit.taken(archive.audit.waiting().at(-1)?.seq ?? 0, NOW)
    expect(archive.audit.isEmpty).toBe(true)
  })
})
