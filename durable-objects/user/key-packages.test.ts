import { RATES } from '../rates/table.ts'
import { describe, expect, it } from 'vitest'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import type { KeyPackageUpload } from '#protocol/groups/key-packages.ts'
import { LIMITS } from '#protocol/limits.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { deviceRecord, nextList, prekeyUpload, randomId, testAccount } from '../testing/accounts.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { BY, TestSocket, relayFor } from '../testing/relays.ts'
import { Relay } from './relay.ts'

const bob = { account: randomId(), device: 1 }
const body = (): string => toBase64url(randomBytes(24))

/** Packages with ids from `first`, and one of last resort if wanted. */
function packages(count: number, first = 1, more: Partial<KeyPackageUpload> = {}): KeyPackageUpload {
  return {
    suite: 1,
    keyPackages: Array.from({ length: count }, (_, at) => ({ id: first + at, body: body() })),
    ...more,
  }
}

const status = (count: number, highestId: number, hasLastResort = false, suite: 1 | 83 = 1) => ({
  suite,
  count,
  hasLastResort,
  highestId,
})

const full = LIMITS.keyPackagesPerUpload

describe('key packages', () => {
  it('J-1, J-2: an upload can be repeated; another value under an id that is there changes nothing', async () => {
    const { keyPackageDesk: desk } = relayFor(await testAccount())
    const upload = packages(5, 1, { lastResort: body() })
    for (let turn = 0; turn < 2; turn += 1) {
      expect(desk.upload(1, upload)).toEqual({ ok: true, value: status(5, 5, true) })
    }
    const other = packages(6, 5)
    expect(desk.upload(1, other)).toEqual({ ok: false, code: 'keyPackageInvalid' })
    expect(desk.keyPackages.status(1, 1)).toEqual(status(5, 5, true))
    const handed = Array.from({ length: 5 }, (_, at) => desk.handOut(bob, 1, undefined, at).keyPackages[0]?.body)
    expect(handed).toEqual(upload.keyPackages.map((one) => one.body))
  })

  it('J-1: a 51st is refused with the whole upload, for each suite by itself', async () => {
    const { keyPackageDesk: desk } = relayFor(await testAccount())
    desk.upload(1, packages(full))
    expect(desk.upload(1, packages(full, full + 1))).toEqual({ ok: true, value: status(2 * full, 2 * full) })
    expect(2 * full).toBe(RELAY_LIMITS.keyPackagesStored)
    const more = packages(1, 2 * full + 1, { lastResort: body() })
    expect(desk.upload(1, more)).toEqual({ ok: false, code: 'keyPackageInvalid' })
    expect(desk.keyPackages.status(1, 1)).toEqual(status(2 * full, 2 * full))
    expect(desk.upload(1, { ...more, suite: 83 })).toEqual({ ok: true, value: status(1, 2 * full + 1, true, 83) })
    expect(desk.keyPackages.statuses(1).map(({ suite }) => suite)).toEqual([1, 83])
  })

  it('J-2: an id that was handed out is never taken again, in whatever order ids are uploaded', async () => {
    const { keyPackageDesk: desk } = relayFor(await testAccount())
    const upload = packages(3)
    desk.upload(1, { ...upload, keyPackages: upload.keyPackages.toReversed() })
    expect(desk.handOut(bob, 1, undefined, 1).keyPackages[0]?.body).toBe(upload.keyPackages[0]?.body)
    expect(desk.upload(1, upload)).toEqual({ ok: true, value: status(2, 3) })
    expect(desk.handOut(bob, 1, undefined, 1).keyPackages[0]?.body).toBe(upload.keyPackages[1]?.body)
  })

  it('J-3: each is handed out once, oldest first; then that of last resort, marked, any number of times', async () => {
    const { keyPackageDesk: desk } = relayFor(await testAccount())
    const upload = packages(2, 1, { lastResort: body() })
    desk.upload(1, upload)
    const [first, second] = upload.keyPackages
    const taken = [1, 2, 3, 4].flatMap((now) => desk.handOut(bob, 1, undefined, now).keyPackages)
    const last = { device: 1, body: upload.lastResort, isLastResort: true }
    expect(taken).toEqual([
      { device: 1, body: first?.body, isLastResort: false },
      { device: 1, body: second?.body, isLastResort: false },
      last,
      last,
    ])
  })

  it('J-3: a later one of last resort replaces the former, and an upload without one leaves it', async () => {
    const { keyPackageDesk: desk } = relayFor(await testAccount())
    const [older, newer] = [body(), body()]
    desk.upload(1, packages(0, 1, { lastResort: older }))
    desk.upload(1, packages(0, 1, { lastResort: newer }))
    expect(desk.upload(1, packages(0))).toEqual({ ok: true, value: status(0, 0, true) })
    expect(desk.handOut(bob, 1, undefined, 1).keyPackages).toEqual([{ device: 1, body: newer, isLastResort: true }])
  })

  it('J-3: a device that has neither for the suite, or that there is not, is left out; one named twice gives one', async () => {
    const alice = await testAccount()
    const { keyPackageDesk: desk } = relayFor(alice)
    desk.upload(1, packages(3))
    expect(desk.handOut(bob, 83, undefined, 1)).toEqual({ deviceList: alice.signed, keyPackages: [] })
    expect(desk.handOut(bob, 1, [2, 1, 1], 1).keyPackages.map(({ device }) => device)).toEqual([1])
    expect(desk.keyPackages.status(1, 1).count).toBe(2)
  })

  it('J-3: the own account’s requests give no package of the requesting device', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const two = nextList(alice, alice.list, [...alice.list.devices, deviceRecord(2)])
    relay.updateDeviceList(two.signed, [{ device: 2, upload: await prekeyUpload(alice.identity) }], 1, BY)
    for (const device of [1, 2]) relay.keyPackageDesk.upload(device, packages(3))
    const own = { account: alice.id, device: 1 }
    expect(relay.keyPackageDesk.handOut(own, 1, undefined, 1).keyPackages.map(({ device }) => device)).toEqual([2])
    expect(relay.keyPackageDesk.handOut(own, 1, [1, 2], 1).keyPackages.map(({ device }) => device)).toEqual([2])
    expect(relay.keyPackageDesk.handOut(bob, 1, undefined, 1).keyPackages.map(({ device }) => device)).toEqual([1, 2])
  })

  it('J-4: one requester takes ten and one more every ten minutes, then those of last resort; the own account any number', async () => {
    const alice = await testAccount()
    const sql = nodeSql()
    const { keyPackageDesk: desk } = relayFor(alice, sql)
    desk.upload(1, packages(full, 1, { lastResort: body() }))
    desk.upload(1, packages(full, full + 1))
    const isFresh = (now: number, requester = bob, from = desk) =>
      from.handOut(requester, 1, undefined, now).keyPackages[0]?.isLastResort === false
    const burst = Array.from({ length: 12 }, () => isFresh(10_000))
    expect(burst).toEqual(Array.from({ length: 12 }, (_, at) => at < RATES.keyPackagesPerTaker.burst))
    expect(isFresh(10_000 + RATES.keyPackagesPerTaker.everyMs / 2)).toBe(false)
    expect(isFresh(10_000, { account: randomId(), device: 1 })).toBe(true)
    const own = { account: alice.id, device: 2 }
    expect(Array.from({ length: 15 }, () => isFresh(10_000, own))).not.toContain(false)
    // The bucket survives the object's memory, and a clock that goes back does not fill it.
    const woken = new Relay(sql).keyPackageDesk
    expect(isFresh(10_001 + RATES.keyPackagesPerTaker.everyMs, bob, woken)).toBe(true)
    expect(isFresh(5_000, bob, woken)).toBe(false)
  })

  it('J-4: what is not there is not counted against who asks for it, nor are prekeys', async () => {
    const alice = await testAccount(20)
    const relay = relayFor(alice)
    for (let asked = 0; asked < 20; asked += 1) {
      relay.keyPackageDesk.handOut(bob, 1, undefined, 1)
      relay.bundles(bob, undefined, 1)
    }
    relay.keyPackageDesk.upload(1, packages(3))
    expect(relay.keyPackageDesk.handOut(bob, 1, undefined, 1).keyPackages).toMatchObject([{ isLastResort: false }])
  })

  it('J-4: full buckets are swept', async () => {
    const sql = nodeSql()
    const relay = relayFor(await testAccount(), sql)
    relay.keyPackageDesk.upload(1, packages(2))
    relay.keyPackageDesk.handOut(bob, 1, undefined, 1_000)
    const rows = () => sql.exec('SELECT who FROM buckets').length
    relay.expire(1_000 + RATES.keyPackagesPerTaker.everyMs / 2)
    expect(rows()).toBe(1)
    relay.expire(1_000 + RATES.keyPackagesPerTaker.everyMs)
    expect(rows()).toBe(0)
  })

  it('J-5: a connected device is told of a suite that has few left, and each connection’s welcome says the numbers', async () => {
    const relay = relayFor(await testAccount())
    const { keyPackageDesk: desk } = relay
    desk.upload(1, packages(LIMITS.keyPackagesLow + 1, 1, { lastResort: body() }))
    desk.upload(1, packages(full, 1, { suite: 83 }))
    const silent = new TestSocket(relay, 1)
    desk.handOut(bob, 1, undefined, 1)
    const [welcome] = silent.hello(relay)
    const { keyPackagesLow: low } = LIMITS
    expect(welcome).toMatchObject({ keyPackages: [status(low, low + 1, true), status(full, full, false, 83)] })
    expect(silent.ofType('keyPackagesLow')).toEqual([])
    desk.handOut(bob, 83, undefined, 1)
    desk.handOut(bob, 1, undefined, 1)
    expect(silent.ofType('keyPackagesLow')).toEqual([
      { type: 'keyPackagesLow', status: status(low - 1, low + 1, true) },
    ])
  })

  it('J-5: welcome lists no suite that the device never uploaded packages of', async () => {
    const relay = relayFor(await testAccount())
    expect(new TestSocket(relay, 1).hello(relay)[0]).toMatchObject({ type: 'welcome', keyPackages: [] })
  })

  it('J-6, V-8: a device that is set up anew loses them, and starts above the highest id that was used', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const { keyPackageDesk: desk } = relay
    const upload = packages(5, 1, { lastResort: body() })
    desk.upload(1, upload)
    const reset = nextList(alice, alice.list, [deviceRecord(1, 77)])
    const prekeys = [{ device: 1, upload: await prekeyUpload(alice.identity, 0, 1, 2) }]
    expect(relay.updateDeviceList(reset.signed, prekeys, 5, BY).ok).toBe(true)
    expect(desk.keyPackages.statuses(1)).toEqual([status(0, 5)])
    expect(desk.handOut(bob, 1, undefined, 6).keyPackages).toEqual([])
    expect(desk.upload(1, upload)).toEqual({ ok: true, value: status(0, 5, true) })
    expect(desk.upload(1, packages(1, 6))).toEqual({ ok: true, value: status(1, 6, true) })
  })

  it('J-6, V-7: a removed device leaves none', async () => {
    const alice = await testAccount()
    const sql = nodeSql()
    const relay = relayFor(alice, sql)
    const two = nextList(alice, alice.list, [...alice.list.devices, deviceRecord(2)])
    relay.updateDeviceList(two.signed, [{ device: 2, upload: await prekeyUpload(alice.identity) }], 1, BY)
    for (const device of [1, 2]) relay.keyPackageDesk.upload(device, packages(3, 1, { lastResort: body() }))
    relay.updateDeviceList(nextList(alice, two.list, alice.list.devices).signed, [], 2, BY)
    expect(relay.keyPackageDesk.handOut(bob, 1, [1, 2], 3).keyPackages.map(({ device }) => device)).toEqual([1])
    for (const table of ['key_packages', 'key_package_suites']) {
      expect(sql.exec(`SELECT DISTINCT device FROM ${table}`)).toEqual([{ device: 1 }])
    }
  })

  it('J-7: with another package of last resort all former packages go, and repeating that is harmless', async () => {
    const { keyPackageDesk: desk } = relayFor(await testAccount())
    desk.upload(1, packages(full, 1, { lastResort: body() }))
    desk.upload(1, packages(full, full + 1))
    const renewal = packages(5, 2 * full + 1, { lastResort: body() })
    for (let turn = 0; turn < 2; turn += 1) {
      expect(desk.upload(1, renewal)).toEqual({ ok: true, value: status(5, 2 * full + 5, true) })
    }
    const handed = Array.from({ length: 5 }, (_, at) => desk.handOut(bob, 1, undefined, at).keyPackages[0]?.body)
    expect(handed).toEqual(renewal.keyPackages.map((one) => one.body))
  })

  it('J-1: a repeated upload writes nothing', async () => {
    const sql = nodeSql()
    const { keyPackageDesk: desk } = relayFor(await testAccount(), sql)
    const upload = packages(5, 1, { lastResort: body() })
    desk.upload(1, upload)
    const changes = () => sql.exec<{ n: number }>('SELECT total_changes() AS n')[0]?.n
    const before = changes()
    desk.upload(1, upload)
    expect(changes()).toBe(before)
  })
})
