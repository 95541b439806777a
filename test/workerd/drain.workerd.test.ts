import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { headLine, headPublicKey } from '#db/audit/heads.ts'
import { verifyAudit } from '#db/audit/verify.ts'
import { openDatabase } from '#db/client.ts'
import { findAccount } from '#db/queries/accounts.ts'
import { auditHeadsByDay, auditPage } from '#db/queries/audit-trail.ts'
import { restoreInbox } from '#db/queries/envelopes.ts'
import { deviceRecord, messageFor, nextList, prekeyUpload } from '#durable-objects/testing/accounts.ts'
import { relayOf } from '#durable-objects/user/stub.ts'
import { Client, stubOf } from './relay-client.ts'
import { type Member, call, newMember, registeredMember, registration, tokenOf } from './edge-client.ts'

const database = () => openDatabase({ url: env.DATABASE_URL, fetchEndpoint: env.DATABASE_HTTP_ENDPOINT })
const bob = { account: 'AAAAAAAAAAAAAAAAAAAAAA', device: 1 }

function later(ms: number): void {
  vi.setSystemTime(Date.now() + ms)
}

async function archived(member: Member) {
  return restoreInbox(database(), member.id, { limit: 1_000, now: Date.now() })
}

async function deposit(member: Member, count: number): Promise<string[]> {
  const messages = Array.from({ length: count }, () => messageFor(member.list))
  await relayOf(env.USER_RELAY, member.id).deposit({ account: member.id, correlationId: 't', from: bob, messages })
  return messages.map(({ messageId }) => messageId)
}

/** The object's storage is gone, as after a disaster. */
async function loseStorage(member: Member): Promise<void> {
  await runInDurableObject(stubOf(member), async (_, state) => {
    await state.storage.deleteAlarm()
    await state.storage.deleteAll()
  })
  await abortAllDurableObjects()
}

describe('drain to Postgres', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('O-1: copies what waited for half a minute, and deletes the copy once it is acknowledged', async () => {
    const alice = await registeredMember()
    const ids = await deposit(alice, 3)
    await runDurableObjectAlarm(stubOf(alice))
    expect(await archived(alice)).toEqual([])
    later(31_000)
    await runDurableObjectAlarm(stubOf(alice))
    expect((await archived(alice)).map(({ messageId }) => messageId)).toEqual(ids)
    const client = await Client.open(alice)
    await client.hello()
    client.send({ type: 'ack', upTo: 2 })
    await client.until(() => client.received.length === 3)
    later(31_000)
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(stubOf(alice))
      expect((await archived(alice)).map(({ messageId }) => messageId)).toEqual(ids.slice(2))
    })
  })

  it('O-3, G-4: brings a lost inbox back under a new incarnation, in order, and says that something may be missing', async () => {
    const alice = await registeredMember()
    const first = await Client.open(alice)
    await first.hello()
    const incarnation = first.ofType('welcome')[0]?.incarnation
    first.socket.close()
    const ids = await deposit(alice, 700)
    later(31_000)
    await runDurableObjectAlarm(stubOf(alice))
    await loseStorage(alice)

    const client = await Client.open(alice)
    client.send({ type: 'hello', version: 1, lastSeq: 0, incarnation })
    await client.until(() => client.received.length === 256)
    expect(client.ofType('gap')[0]).toEqual({ type: 'gap', from: 0, to: 0, reason: 'storageLost' })
    client.send({ type: 'ack', upTo: 256 })
    await client.until(() => client.received.length === 512)
    client.send({ type: 'ack', upTo: 512 })
    await client.until(() => client.received.length === 700)
    expect(client.received.map(({ messageId }) => messageId)).toEqual(ids)
    expect(client.received.map(({ seq }) => seq)).toEqual(ids.map((_, at) => at + 1))
    expect(client.ofType('welcome')[0]?.incarnation).not.toBe(incarnation)
    // Its prekeys are gone with the storage: the device is told to bring new ones.
    expect(client.ofType('welcome')[0]?.prekeys).toEqual({ oneTimeCount: 0, highestOneTimeId: 0 })
  })

  it('a restored inbox is copied anew and the copies of the former incarnation go', async () => {
    const alice = await registeredMember()
    const ids = await deposit(alice, 5)
    later(31_000)
    await runDurableObjectAlarm(stubOf(alice))
    const before = new Set((await archived(alice)).map(({ incarnation }) => incarnation))
    await loseStorage(alice)
    // Any call brings it back.
    await relayOf(env.USER_RELAY, alice.id).deviceList({ account: alice.id, correlationId: 't' })
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(stubOf(alice))
      const rows = await archived(alice)
      expect(rows.map(({ messageId }) => messageId)).toEqual(ids)
      for (const { incarnation } of rows) expect(before.has(incarnation)).toBe(false)
    })
  })

  it('O-4: keeps the database’s device list up to date, so that a restored account has its newest devices', async () => {
    const alice = await registeredMember()
    await runDurableObjectAlarm(stubOf(alice))
    expect((await findAccount(database(), alice.id))?.deviceList.version).toBe(1)
    await loseStorage(alice)
    const list = await relayOf(env.USER_RELAY, alice.id).deviceList({ account: alice.id, correlationId: 't' })
    expect(list).toEqual({ ok: true, value: alice.signed })
  })

  it('a registration whose object was not reached can be repeated until it is whole', async () => {
    const alice = await newMember(2)
    await call('POST', '/v1/accounts', registration(alice))
    await loseStorage(alice)
    expect((await call('POST', '/v1/accounts', registration(alice))).status).toBe(200)
    const bundles = await relayOf(env.USER_RELAY, alice.id).prekeyBundles({
      account: alice.id,
      correlationId: 't',
      requester: bob,
      devices: undefined,
    })
    expect(bundles.ok && bundles.value.bundles[0]?.signedPrekey.publicKey).toBe(alice.upload.signedPrekey?.publicKey)
  })

  it('writes the audit log of what happened to an account, in the order in which it happened', async () => {
    const alice = await registeredMember()
    const token = await tokenOf(alice)
    const two = nextList(alice, alice.list, [...alice.list.devices, deviceRecord(2)])
    const prekeys = [{ device: 2, upload: await prekeyUpload(alice.identity) }]
    const headers = { traceparent: `00-${'c'.repeat(32)}-${'1'.repeat(16)}-00` }
    const changed = await call('PUT', '/v1/devices', { deviceList: two.signed, prekeys }, { token, headers })
    expect(changed.status).toBe(200)
    expect((await call('DELETE', '/v1/auth/tokens', undefined, { token })).status).toBe(200)
    const entries = await vi.waitFor(async () => {
      await runDurableObjectAlarm(stubOf(alice))
      const own = (await auditPage(database(), 0, 10_000)).filter(({ actor }) => actor === alice.id)
      expect(own.map(({ type, details }) => [type, details])).toEqual([
        ['accountRegistered', '{"invited":false}'],
        ['deviceListChanged', '{"by":1,"version":2,"added":[2],"removed":[],"reset":[]}'],
        ['tokensRevoked', '{"by":1,"device":1}'],
      ])
      return own
    })
    expect(entries[1]?.correlationId).toBe('c'.repeat(32))
    const publicKeys = [headPublicKey(new Uint8Array(32).fill(5))]
    expect((await verifyAudit(database(), { publicKeys })).findings).toEqual([])
  })

  it('seals the audit log of a day once it is over, and says the head in the log', async () => {
    await registeredMember()
    const execute = (statement: string) => database().run((statements) => statements.execute(statement))
    const clock = 'create or replace function audit_clock() returns timestamptz language sql volatile as'
    await execute(`${clock} $$select clock_timestamp() + interval '1 day'$$`)
    // This isolate asks once a day.
    later(24 * 60 * 60 * 1_000)
    const lines = vi.spyOn(console, 'info')
    await call('GET', '/ready')
    const [head] = await vi.waitFor(async () => {
      const heads = await auditHeadsByDay(database())
      expect(heads).not.toEqual([])
      return heads
    })
    const publicKeys = [headPublicKey(new Uint8Array(32).fill(5))]
    expect((await verifyAudit(database(), { publicKeys })).findings).toEqual([])
    const text = head ? headLine(head) : ''
    await vi.waitFor(() => {
      expect(lines.mock.calls.flat().map(String)).toContainEqual(expect.stringContaining(`"head":"${text}"`))
    })
    lines.mockRestore()
  })
})
