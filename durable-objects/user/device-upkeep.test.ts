import { describe, expect, it } from 'vitest'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { deviceRecord, nextList, prekeyUpload, testAccount } from '../testing/accounts.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { BY, TestSocket, relayFor } from '../testing/relays.ts'
import { WEEK } from './week.ts'

const { deviceIdleWeeks, signedPrekeyOldWeeks } = RELAY_LIMITS
/** Somewhere within the tenth week. */
const NOW = 10.5 * WEEK

async function setUp() {
  const alice = await testAccount()
  const sql = nodeSql()
  const relay = relayFor(alice, sql, NOW)
  const two = nextList(alice, alice.list, [...alice.list.devices, deviceRecord(2)])
  relay.updateDeviceList(two.signed, [{ device: 2, upload: await prekeyUpload(alice.identity) }], NOW, BY)
  const connect = (device: number, now: number) => {
    const socket = new TestSocket(relay, device)
    socket.hello(relay, 0, relay.account.incarnation, now)
    return socket
  }
  const renew = async (device: number, now: number) => {
    const { signedPrekey } = await prekeyUpload(alice.identity, 0, 1)
    const upload = { signedPrekey: { ...signedPrekey!, id: Math.floor(now / WEEK) }, oneTimePrekeys: [] }
    expect(relay.uploadPrekeys(device, upload, now)).toMatchObject({ ok: true })
  }
  return { alice, sql, relay, connect, renew }
}

describe('devices', () => {
  it('P-10: whose keys are old are reminded while they are connected, and no more once they have renewed them', async () => {
    const { relay, connect, renew } = await setUp()
    const socket = connect(1, NOW)
    const later = NOW + signedPrekeyOldWeeks * WEEK
    expect(relay.lookAfterDevices(later - WEEK)).toEqual({ idle: 0, reminded: 0 })
    expect(relay.lookAfterDevices(later)).toEqual({ idle: 0, reminded: 1 })
    expect(socket.ofType('prekeysLow')).toEqual([{ type: 'prekeysLow', oneTimeCount: 0 }])
    // The same key again is none that is new.
    expect(relay.lookAfterDevices(later)).toEqual({ idle: 0, reminded: 1 })
    await renew(1, later)
    expect(relay.lookAfterDevices(later + WEEK)).toEqual({ idle: 0, reminded: 0 })
    expect(socket.ofType('prekeysLow')).toHaveLength(2)
  })

  it('V-11: that are not in use are told to the others, with about since when; those that are there are not', async () => {
    const { relay, connect, renew } = await setUp()
    const later = NOW + deviceIdleWeeks * WEEK
    await renew(1, later - WEEK)
    expect(connect(1, later - WEEK).ofType('welcome')[0]).not.toHaveProperty('idleDevices')
    expect(connect(1, later).ofType('welcome')[0]?.idleDevices).toEqual([{ device: 2, since: 11 * WEEK }])
    expect(relay.lookAfterDevices(later)).toEqual({ idle: 1, reminded: 0 })
    // It comes: it is there, whatever its keys are, and renews them.
    expect(connect(2, later).ofType('welcome')[0]).not.toHaveProperty('idleDevices')
    expect(connect(1, later).ofType('welcome')[0]).not.toHaveProperty('idleDevices')
    expect(relay.lookAfterDevices(later)).toEqual({ idle: 0, reminded: 1 })
  })

  it('from before their keys’ age was kept get their time from when they are first looked after', async () => {
    const { sql, relay } = await setUp()
    sql.exec('UPDATE devices SET renewed_week = NULL')
    const later = NOW + 50 * WEEK
    expect(relay.lookAfterDevices(later)).toEqual({ idle: 0, reminded: 0 })
    expect(relay.lookAfterDevices(later + (deviceIdleWeeks - 1) * WEEK)).toEqual({ idle: 0, reminded: 0 })
    expect(relay.lookAfterDevices(later + deviceIdleWeeks * WEEK)).toEqual({ idle: 2, reminded: 0 })
  })
})
