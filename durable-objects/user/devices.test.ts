import { RATES } from '../rates/table.ts'
import { describe, expect, it } from 'vitest'
import { toBase64url } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import {
  deviceRecord,
  messageFor,
  nextList,
  prekeyUpload,
  randomId,
  randomPublicKey,
  sign,
  testAccount,
} from '../testing/accounts.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { BY, TestSocket, relayFor } from '../testing/relays.ts'
import { createAccount } from './registration.ts'
import { Relay } from './relay.ts'

const bob = { account: randomId(), device: 1 }

describe('registration', () => {
  it('A-2, A-4: can be repeated, and refuses another identity under the id', async () => {
    const alice = await testAccount(2)
    const sql = nodeSql()
    const relay = relayFor(alice, sql)
    const call = { account: alice.id, correlationId: '', isNew: true, deviceList: alice.signed, prekeys: alice.upload }
    expect(createAccount(sql, relay, call, 2)).toEqual({ ok: true, value: true })
    const mallory = await testAccount()
    const theirs = sign(mallory.identity, { ...mallory.list, account: alice.id })
    const attempt = { ...call, deviceList: theirs, prekeys: mallory.upload }
    expect(createAccount(sql, relay, attempt, 3)).toEqual({ ok: false, code: 'accountTaken' })
    expect(new Relay(sql).prekeys.status(1).oneTimeCount).toBe(2)
  })

  it('A-8: a repeated one plants no prekeys, whoever sends it: it may only fill in a signed prekey that is missing', async () => {
    const alice = await testAccount(2)
    const sql = nodeSql()
    const relay = relayFor(alice, sql)
    const planted = { ...alice.upload, oneTimePrekeys: [{ id: 0xff_ff_ff, publicKey: randomPublicKey() }] }
    const call = { account: alice.id, correlationId: '', isNew: false, deviceList: alice.signed, prekeys: planted }
    const before = relay.prekeys.status(1)
    expect(createAccount(sql, relay, call, 2)).toEqual({ ok: true, value: true })
    expect(relay.prekeys.status(1)).toEqual(before)
    relay.prekeys.clear(1)
    expect(createAccount(sql, relay, call, 3)).toEqual({ ok: true, value: true })
    expect(relay.prekeys.status(1)).toEqual({ signedPrekeyId: 1, oneTimeCount: 0, highestOneTimeId: 2 })
  })

  it.each([
    ['another account', (list: object) => ({ ...list, account: randomId() })],
    ['version 2', (list: object) => ({ ...list, version: 2 })],
    ['two devices', (list: object) => ({ ...list, devices: [deviceRecord(1), deviceRecord(2)] })],
  ])('refuses a first list of %s', async (_, change) => {
    const alice = await testAccount()
    const deviceList = sign(alice.identity, change(alice.list) as typeof alice.list)
    const call = { account: alice.id, correlationId: '', isNew: true, deviceList, prekeys: alice.upload }
    expect(createAccount(nodeSql(), undefined, call, 1)).toEqual({ ok: false, code: 'deviceListInvalid' })
  })

  it('A-3: refuses a list that somebody else signed, and a prekey that is not signed by the identity', async () => {
    const alice = await testAccount()
    const mallory = await testAccount()
    const call = { account: alice.id, correlationId: '', isNew: true, deviceList: alice.signed, prekeys: alice.upload }
    const forged = { ...alice.signed, signature: mallory.signed.signature }
    expect(createAccount(nodeSql(), undefined, { ...call, deviceList: forged }, 1)).toMatchObject({
      code: 'deviceListInvalid',
    })
    expect(createAccount(nodeSql(), undefined, { ...call, prekeys: mallory.upload }, 1)).toMatchObject({
      code: 'prekeyInvalid',
    })
  })
})

describe('device list', () => {
  it('V-3, V-9, V-10: takes exactly the next version, once, and tells the connected devices', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    const next = nextList(alice, alice.list, [...alice.list.devices, deviceRecord(2)])
    const uploads = [{ device: 2, upload: await prekeyUpload(alice.identity, 3) }]
    expect(relay.updateDeviceList(next.signed, uploads, 5_000, BY)).toEqual({ ok: true, value: 2 })
    expect(socket.frames.at(-1)).toEqual({ type: 'deviceListChanged', version: 2 })
    expect(relay.updateDeviceList(next.signed, uploads, 5_000, BY)).toEqual({ ok: true, value: 2 })
    expect(relay.updateDeviceList(alice.signed, [], 5_000, BY)).toEqual({ ok: false, code: 'deviceListConflict' })
    const skipped = sign(alice.identity, { ...next.list, version: 4 })
    expect(relay.updateDeviceList(skipped, [], 5_000, BY)).toEqual({ ok: false, code: 'deviceListConflict' })
    expect(relay.prekeys.status(2).oneTimeCount).toBe(3)
  })

  it('V-4, V-5, V-6: refuses a forged one, a new device without prekeys, and one under an id that was used', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const mallory = await testAccount()
    const forged = sign(mallory.identity, { ...alice.list, version: 2 })
    expect(relay.updateDeviceList(forged, [], 1, BY)).toEqual({ ok: false, code: 'deviceListInvalid' })
    const added = nextList(alice, alice.list, [...alice.list.devices, deviceRecord(2)])
    expect(relay.updateDeviceList(added.signed, [], 1, BY)).toEqual({ ok: false, code: 'prekeyInvalid' })
    const uploads = [{ device: 2, upload: await prekeyUpload(alice.identity) }]
    relay.updateDeviceList(added.signed, uploads, 1, BY)
    const removed = nextList(alice, added.list, alice.list.devices)
    relay.updateDeviceList(removed.signed, [], 1, BY)
    const again = nextList(alice, removed.list, [...alice.list.devices, deviceRecord(2)])
    expect(relay.updateDeviceList(again.signed, uploads, 1, BY)).toEqual({ ok: false, code: 'deviceIdReused' })
  })

  it('V-2: refuses an eleventh device by name', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const devices = Array.from({ length: LIMITS.devices + 1 }, (_, at) => deviceRecord(at + 1))
    const { signed } = nextList(alice, alice.list, [...alice.list.devices, ...devices.slice(1)])
    expect(relay.updateDeviceList(signed, [], 1, BY)).toEqual({ ok: false, code: 'tooManyDevices' })
  })

  it('V-7: a removed device loses its socket, inbox, prekeys, tickets and tokens at once', async () => {
    const alice = await testAccount()
    const sql = nodeSql()
    const relay = relayFor(alice, sql)
    const two = nextList(alice, alice.list, [...alice.list.devices, deviceRecord(2)])
    relay.updateDeviceList(two.signed, [{ device: 2, upload: await prekeyUpload(alice.identity, 5) }], 1, BY)
    relay.deposit(bob, [messageFor(two.list)], 1)
    const socket = new TestSocket(relay, 2)
    socket.hello(relay)
    const caller = { device: 2, tokenEpoch: relay.account.tokenEpoch(2) ?? 0 }
    const ticket = relay.issueTicket(caller, 10)
    relay.updateDeviceList(nextList(alice, two.list, alice.list.devices).signed, [], 20, BY)
    expect(socket.closed).toEqual({ code: 4410, reason: 'deviceRevoked' })
    expect(relay.account.refuse(caller)).toBe('deviceRevoked')
    expect(relay.redeemTicket(ticket.ok ? ticket.value.secret : '', 21)).toMatchObject({ ok: false })
    expect(sql.exec('SELECT slot FROM inbox')).toHaveLength(1)
    expect(sql.exec('SELECT id FROM one_time_prekeys')).toHaveLength(0)
  })

  it('X-15: a list with sealing keys takes the place of one without; a new sealing key is no new device', async () => {
    const alice = await testAccount(5)
    const relay = relayFor(alice)
    relay.deposit(bob, [messageFor(alice.list)], 1)
    const caller = { device: 1, tokenEpoch: relay.account.tokenEpoch(1) ?? 0 }
    let list = alice.list
    for (const fill of [1, 2, undefined]) {
      const [device] = alice.list.devices
      const sealingKey = fill === undefined ? {} : { sealingKey: toBase64url(new Uint8Array(1_216).fill(fill)) }
      const next = nextList(alice, list, device === undefined ? [] : [{ ...device, ...sealingKey }])
      list = next.list
      expect(relay.updateDeviceList(next.signed, [], 5, BY)).toEqual({ ok: true, value: list.version })
      expect(relay.account.list.devices).toEqual(list.devices)
    }
    expect(relay.account.refuse(caller)).toBeUndefined()
    expect(relay.prekeys.status(1).oneTimeCount).toBe(5)
  })

  it('V-8: a device set up anew under its id loses its former tokens and prekeys and keeps its inbox', async () => {
    const alice = await testAccount(5)
    const relay = relayFor(alice)
    relay.deposit(bob, [messageFor(alice.list)], 1)
    const caller = { device: 1, tokenEpoch: relay.account.tokenEpoch(1) ?? 0 }
    const anew = nextList(alice, alice.list, [deviceRecord(1, 999)])
    expect(relay.updateDeviceList(anew.signed, [], 5, BY)).toEqual({ ok: false, code: 'prekeyInvalid' })
    const uploads = [{ device: 1, upload: await prekeyUpload(alice.identity, 2, 6, 2) }]
    expect(relay.updateDeviceList(anew.signed, uploads, 5, BY)).toMatchObject({ ok: true })
    expect(relay.account.refuse(caller)).toBe('tokenRevoked')
    expect(relay.prekeys.status(1)).toEqual({ signedPrekeyId: 2, oneTimeCount: 2, highestOneTimeId: 7 })
    expect(relay.inboxes.count(1)).toBe(1)
    expect(relay.deposit(bob, [messageFor(alice.list)], 6)[0]).toMatchObject({
      kind: 'mismatch',
      mismatch: { stale: [1] },
    })
  })
})

describe('prekeys', () => {
  it('P-2, P-5, P-6: each one-time prekey is handed out once, ever, oldest first; then bundles come without', async () => {
    const alice = await testAccount(3)
    const relay = relayFor(alice)
    const ids = [1, 2, 3, 4].map((now) => relay.bundles(bob, undefined, now).bundles[0]?.oneTimePrekey?.id)
    expect(ids).toEqual([1, 2, 3, undefined])
    // An upload of what was handed out, repeated late, brings none of it back.
    expect(relay.uploadPrekeys(1, alice.upload, 1_000)).toMatchObject({
      ok: true,
      value: { oneTimeCount: 0, highestOneTimeId: 3 },
    })
    expect(relay.bundles(bob, undefined, 5).bundles[0]?.oneTimePrekey).toBeUndefined()
  })

  it('P-5: a device named several times in one request hands out one bundle', async () => {
    const alice = await testAccount(5)
    const relay = relayFor(alice)
    expect(relay.bundles(bob, [1, 1, 1], 1).bundles).toHaveLength(1)
    expect(relay.prekeys.status(1).oneTimeCount).toBe(4)
  })

  it('P-1: an upload can be repeated; another key under a present id changes nothing', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const upload = await prekeyUpload(alice.identity, 50, 1, 2)
    const expected = { signedPrekeyId: 2, oneTimeCount: 50, highestOneTimeId: 50 }
    expect(relay.uploadPrekeys(1, upload, 1_000)).toEqual({ ok: true, value: expected })
    expect(relay.uploadPrekeys(1, upload, 1_000)).toEqual({ ok: true, value: expected })
    const other = await prekeyUpload(alice.identity, 60, 1, 3)
    expect(relay.uploadPrekeys(1, other, 1_000)).toEqual({ ok: false, code: 'prekeyConflict' })
    expect(relay.prekeys.status(1)).toEqual(expected)
  })

  it('P-3: refuses a signed prekey of another identity, and more keys than it keeps', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const mallory = await testAccount()
    expect(relay.uploadPrekeys(1, mallory.upload, 1_000)).toEqual({ ok: false, code: 'prekeyInvalid' })
    for (const first of [1, 101]) {
      relay.uploadPrekeys(1, { oneTimePrekeys: (await prekeyUpload(alice.identity, 100, first)).oneTimePrekeys }, 1_000)
    }
    const more = { oneTimePrekeys: (await prekeyUpload(alice.identity, 1, 201)).oneTimePrekeys }
    expect(relay.uploadPrekeys(1, more, 1_000)).toEqual({ ok: false, code: 'prekeyInvalid' })
    expect(relay.prekeys.status(1).oneTimeCount).toBe(RELAY_LIMITS.oneTimePrekeysStored)
  })

  it('P-6: one requester takes ten at once and one more every ten minutes; others and own devices are not held up', async () => {
    const alice = await testAccount(100)
    const sql = nodeSql()
    const relay = relayFor(alice, sql)
    const take = (now: number) => relay.bundles(bob, undefined, now).bundles[0]?.oneTimePrekey !== undefined
    const burst = Array.from({ length: 12 }, () => take(10_000))
    expect(burst.filter(Boolean)).toHaveLength(RATES.prekeysPerTaker.burst)
    expect(take(10_000 + RATES.prekeysPerTaker.everyMs / 2)).toBe(false)
    // The bucket survives the object's memory.
    const woken = new Relay(sql)
    expect(
      woken.bundles(bob, undefined, 10_001 + RATES.prekeysPerTaker.everyMs).bundles[0]?.oneTimePrekey,
    ).toBeDefined()
    const carol = { account: randomId(), device: 1 }
    expect(woken.bundles(carol, undefined, 10_000).bundles[0]?.oneTimePrekey).toBeDefined()
    // A clock that goes back fills no bucket.
    expect(woken.bundles(bob, undefined, 5_000).bundles[0]?.oneTimePrekey).toBeUndefined()
  })

  it('P-6: of one device, all others together take so many at once, over an eviction too; then nobody but the own account', async () => {
    const { burst, everyMs } = RATES.prekeysPerRecipient
    const alice = await testAccount(LIMITS.oneTimePrekeysPerUpload)
    const sql = nodeSql()
    const relay = relayFor(alice, sql)
    let last = LIMITS.oneTimePrekeysPerUpload
    const take = (from: Relay, account: string, now: number) => {
      if (from.prekeys.status(1).oneTimeCount === 0) {
        const keys = Array.from({ length: 100 }, (_, at) => ({ id: last + 1 + at, publicKey: randomPublicKey() }))
        last += keys.length
        expect(from.prekeys.upload(1, { oneTimePrekeys: keys }, 1_000)).toBeUndefined()
      }
      return from.bundles({ account, device: 2 }, undefined, now).bundles[0]?.oneTimePrekey !== undefined
    }
    const takers = Array.from({ length: burst + 1 }, () => randomId())
    expect(takers.filter((taker) => take(relay, taker, 10_000))).toHaveLength(burst)
    const woken = new Relay(sql)
    expect(take(woken, randomId(), 10_000)).toBe(false)
    expect(take(woken, alice.id, 10_000)).toBe(true)
    expect(take(woken, randomId(), 10_000 + everyMs)).toBe(true)
  })

  it('P-8: tells a connected device when few are left', async () => {
    const alice = await testAccount(RELAY_LIMITS.oneTimePrekeysLow)
    const relay = relayFor(alice)
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    relay.bundles(bob, undefined, 1)
    expect(socket.frames.at(-1)).toEqual({ type: 'prekeysLow', oneTimeCount: RELAY_LIMITS.oneTimePrekeysLow - 1 })
  })
})

describe('tickets and tokens', () => {
  it('L-6: a ticket opens one socket, within 30 seconds', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const caller = { device: 1, tokenEpoch: relay.account.tokenEpoch(1) ?? 0 }
    const secretOf = (now: number) => {
      const issued = relay.issueTicket(caller, now)
      return issued.ok ? issued.value.secret : ''
    }
    const secret = secretOf(1_000)
    expect(relay.redeemTicket(secret, 2_000)).toEqual({ ok: true, value: 1 })
    expect(relay.redeemTicket(secret, 2_001)).toEqual({ ok: false, code: 'ticketInvalid' })
    const late = secretOf(1_000)
    expect(relay.redeemTicket(late, 1_000 + RELAY_LIMITS.ticketTtl)).toEqual({ ok: false, code: 'ticketInvalid' })
    expect(relay.redeemTicket('nonsense', 1)).toEqual({ ok: false, code: 'ticketInvalid' })
  })

  it('L-7: keeps at most twenty unused ones, and sweeps the expired', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const caller = { device: 1, tokenEpoch: relay.account.tokenEpoch(1) ?? 0 }
    const issued = Array.from({ length: 21 }, () => relay.issueTicket(caller, 1_000))
    expect(issued.filter(({ ok }) => ok)).toHaveLength(RELAY_LIMITS.ticketsPerAccount)
    expect(issued.at(-1)).toEqual({ ok: false, code: 'rateLimited', retryAfterMs: RELAY_LIMITS.ticketTtl })
    expect(relay.issueTicket(caller, 1_000 + RELAY_LIMITS.ticketTtl)).toMatchObject({ ok: true })
  })

  it('L-5: revoking ends tokens, tickets and the socket', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const caller = { device: 1, tokenEpoch: relay.account.tokenEpoch(1) ?? 0 }
    const issued = relay.issueTicket(caller, 1_000)
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    relay.revokeTokens(1, 1_000, BY)
    expect(relay.account.refuse(caller)).toBe('tokenRevoked')
    expect(relay.redeemTicket(issued.ok ? issued.value.secret : '', 1_001)).toMatchObject({ ok: false })
    expect(socket.closed).toEqual({ code: 4401, reason: 'tokenRevoked' })
  })
})
