import { describe, expect, it } from 'vitest'
import { RATES } from '../rates/table.ts'
import { deviceRecord, nextList, prekeyUpload, randomId, testAccount } from '../testing/accounts.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { BY, TestSocket, relayFor } from '../testing/relays.ts'
import { Relay } from './relay.ts'

const UNTIL = 100_000

describe('an account that the watch has restricted', () => {
  it('AB-2: has no socket while it is blocked, is told until when, and is blocked over an eviction too', async () => {
    const sql = nodeSql()
    const relay = relayFor(await testAccount(), sql)
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    relay.restrict({ level: 'blocked', until: UNTIL }, 40_000)
    expect(socket.frames.at(-1)).toMatchObject({ type: 'error', code: 'rateLimited', retryAfterMs: 60_000 })
    expect(socket.closed).toEqual({ code: 4429, reason: 'rateLimited' })
    const woken = new Relay(sql)
    expect(woken.restrictions.blockedFor(UNTIL - 1)).toBe(1)
    expect(woken.restrictions.take(UNTIL - 1)).toEqual({ allowed: false, retryAfterMs: 1 })
    expect(woken.restrictions.blockedFor(UNTIL)).toBeUndefined()
    expect(woken.restrictions.take(UNTIL)).toEqual({ allowed: true })
  })

  it('AB-2: still changes its device list, and takes what others send', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    relay.restrict({ level: 'blocked', until: UNTIL }, 1_000)
    const two = nextList(alice, alice.list, [...alice.list.devices, deviceRecord(2)])
    const uploads = [{ device: 2, upload: await prekeyUpload(alice.identity) }]
    expect(relay.updateDeviceList(two.signed, uploads, 2_000, BY).ok).toBe(true)
    const envelopes = two.list.devices.map(({ id, registrationId }) => ({ device: id, registrationId, body: 'AAAA' }))
    const message = { messageId: randomId(), to: alice.id, deviceListVersion: 2, envelopes }
    const [outcome] = relay.deposit({ account: randomId(), device: 1 }, [message], 3_000)
    expect(outcome).toMatchObject({ kind: 'accepted' })
  })

  it('AB-1: goes on with whom it writes to while it is slowed, and begins with a few; its socket stays', async () => {
    const sql = nodeSql()
    const relay = relayFor(await testAccount(), sql)
    const friend = randomId()
    expect(relay.mayWriteTo(friend, 1_000).allowed).toBe(true)
    const socket = new TestSocket(relay, 1)
    relay.restrict({ level: 'slowed', until: UNTIL }, 1_000)
    const { burst, everyMs } = RATES.slowedPerAccount
    const begun = Array.from({ length: burst + 5 }, () => relay.mayWriteTo(randomId(), 2_000).allowed)
    expect(begun).toEqual(begun.map((_, at) => at < burst))
    expect(relay.mayWriteTo(friend, 2_000).allowed).toBe(true)
    expect(socket.closed).toBeUndefined()
    const woken = new Relay(sql)
    expect(woken.mayWriteTo(randomId(), 2_000)).toMatchObject({ allowed: false, retryAfterMs: everyMs })
    expect(woken.mayWriteTo(randomId(), UNTIL).allowed).toBe(true)
  })

  it('notices what the watch is to hear of: whom it begins to write to, and who takes its keys', async () => {
    const relay = relayFor(await testAccount(100))
    for (let at = 0; at < RATES.newRecipientsPerAccount.burst + 2; at += 1) relay.mayWriteTo(`account ${at}`, 1_000)
    const taker = { account: randomId(), device: 1 }
    for (let at = 0; at < RATES.prekeysPerTaker.burst + 3; at += 1) relay.bundles(taker, undefined, 1_000)
    expect(relay.conspicuous.take()).toEqual([
      { account: relay.account.id, signal: 'fanOutAbuse', count: 2 },
      { account: taker.account, signal: 'prekeyDrain', count: 3 },
    ])
    expect(relay.conspicuous.isEmpty).toBe(true)
  })
})
