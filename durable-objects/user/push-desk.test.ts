import { describe, expect, it } from 'vitest'
import type { GroupEntry } from '#protocol/groups/entries.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { PushTarget } from '#protocol/push.ts'
import { deviceRecord, messageFor, nextList, prekeyUpload, randomId, testAccount } from '../testing/accounts.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { BY, TestSocket, relayFor } from '../testing/relays.ts'
import { Relay } from './relay.ts'

const target = (name: string, more: object = {}): PushTarget => ({
  kind: 'web',
  endpoint: `https://push.example/${name}`,
  p256dh: 'B'.repeat(87),
  auth: 'A'.repeat(22),
  ...more,
})
const bob = { account: randomId(), device: 1 }
const { pushAfter, pushEvery } = RELAY_LIMITS

async function setUp() {
  const alice = await testAccount()
  const sql = nodeSql()
  const relay = relayFor(alice, sql)
  const deposit = (now: number, urgent = true) => relay.deposit(bob, [{ ...messageFor(alice.list), urgent }], now)
  return { alice, sql, relay, deposit }
}

describe('a device that is not connected', () => {
  it('PU-3: is woken when an urgent envelope was not acknowledged within a moment, over an eviction too', async () => {
    const { sql, relay, deposit } = await setUp()
    deposit(1_000)
    expect(relay.pushes.due).toBeUndefined()
    relay.setPushTarget(1, target('a'))
    deposit(2_000, false)
    expect(relay.pushes.due).toBeUndefined()
    deposit(3_000)
    deposit(3_500)
    const woken = new Relay(sql)
    expect(woken.pushes.due).toBe(3_000 + pushAfter)
    expect(woken.pushesDue(3_000 + pushAfter - 1)).toEqual([])
    expect(woken.pushesDue(3_000 + pushAfter)).toEqual([1])
    woken.pushes.pushed([1], 3_000 + pushAfter)
    expect(woken.pushes.due).toBeUndefined()
    expect(woken.pushes.targetOf(1, 9_000)?.target).toEqual(target('a'))
  })

  it('PU-3: is not woken for what it acknowledged meanwhile, nor before its time for what came since', async () => {
    const { alice, relay, deposit } = await setUp()
    relay.setPushTarget(1, target('a'))
    deposit(1_000)
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    relay.acknowledge(socket.session, { type: 'ack', upTo: 1 })
    expect(relay.pushesDue(1_000 + pushAfter)).toEqual([])
    expect(relay.pushes.due).toBeUndefined()
    deposit(20_000)
    relay.acknowledge(socket.session, { type: 'ack', upTo: 2 })
    deposit(20_000 + pushAfter - 1)
    expect(relay.pushesDue(20_000 + pushAfter)).toEqual([])
    expect(relay.pushes.due).toBe(20_000 + 2 * pushAfter - 1)
    expect(relay.pushes.targetOf(1, 1)?.target).toEqual(target('a'))
    relay.acknowledge(socket.session, { type: 'ack', upTo: 3 })
    expect(relay.pushes.targetOf(1, 1)).toBeUndefined()
    expect(relay.account.id).toBe(alice.id)
  })

  it('PU-3: is woken at most once a minute, and again when the queue took nothing', async () => {
    const { relay, deposit } = await setUp()
    relay.setPushTarget(1, target('a'))
    deposit(100_000)
    const at = 100_000 + pushAfter
    relay.pushes.putOff(relay.pushesDue(at), at)
    expect(relay.pushes.due).toBe(at + 5_000)
    relay.pushes.pushed(relay.pushesDue(at + 5_000), at + 5_000)
    for (let second = 6; second < 30; second += 1) deposit(at + second * 1_000)
    expect(relay.pushes.due).toBe(at + 5_000 + pushEvery)
    expect(relay.pushesDue(at + 5_000 + pushEvery)).toEqual([1])
  })

  it('PU-1, PU-5: has one target; a dead one goes, unless it was replaced; an expired one and a removed device’s go', async () => {
    const { alice, relay, deposit } = await setUp()
    relay.setPushTarget(1, target('a'))
    deposit(1_000)
    const first = relay.pushes.targetOf(1, 1)
    // The same again is the same registration.
    relay.setPushTarget(1, target('a'))
    expect(relay.pushes.targetOf(1, 1)?.id).toBe(first?.id)
    relay.setPushTarget(1, target('b'))
    relay.pushes.drop(1, first?.id ?? '')
    expect(relay.pushes.targetOf(1, 1)?.target).toEqual(target('b'))
    relay.pushes.drop(1, relay.pushes.targetOf(1, 1)?.id ?? '')
    expect(relay.pushes.targetOf(1, 1)).toBeUndefined()

    relay.setPushTarget(1, target('c', { expiresAt: 50_000 }))
    deposit(40_000)
    expect(relay.pushes.targetOf(1, 50_000)).toBeUndefined()
    expect(relay.pushesDue(50_000)).toEqual([])
    expect(relay.pushes.due).toBeUndefined()

    const two = nextList(alice, alice.list, [...alice.list.devices, deviceRecord(2)])
    relay.updateDeviceList(two.signed, [{ device: 2, upload: await prekeyUpload(alice.identity) }], 1, BY)
    relay.setPushTarget(2, target('d'))
    relay.deposit(bob, [{ ...messageFor(two.list), urgent: true }], 60_000)
    expect(relay.pushesDue(60_000 + pushAfter)).toEqual([2])
    relay.updateDeviceList(nextList(alice, two.list, alice.list.devices).signed, [], 61_000, BY)
    expect(relay.pushesDue(60_000 + pushAfter)).toEqual([])
    relay.setPushTarget(1, undefined)
    expect(relay.pushes.due).toBeUndefined()
  })

  it('costs a message no query more where nobody has a target', async () => {
    const { sql, deposit } = await setUp()
    deposit(1_000)
    const before = sql.statements
    deposit(2_000)
    const plain = sql.statements - before
    deposit(3_000, false)
    expect(sql.statements - before - plain).toBe(plain)
  })
})

describe('a device in a group', () => {
  const group = randomId()
  let seq = 0
  const entries = (): GroupEntry[] => [
    { kind: 'message', seq: (seq += 1), at: 1_000, messageId: randomId(), epoch: 0, body: 'AAAA' },
  ]
  const connect = (relay: Relay) => {
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    return socket
  }
  const acknowledge = (relay: Relay, socket: TestSocket, upTo: number, now: number) =>
    relay.groups.acknowledge(socket.session, { type: 'groupAck', cursors: [{ group, upTo }] }, now)

  it('PU-6: that is away is woken for what is urgent, over an eviction too, until it has noted the news', async () => {
    const { sql, relay } = await setUp()
    relay.setPushTarget(1, target('a'))
    relay.groups.deliver(group, [1], entries())
    expect(relay.pushes.due).toBeUndefined()
    relay.groups.deliver(group, [1], [], 3_000)
    relay.groups.deliver(group, [1], [], 4_000)
    const woken = new Relay(sql)
    expect(woken.pushesDue(3_000 + pushAfter - 1)).toEqual([])
    expect(woken.pushesDue(3_000 + pushAfter)).toEqual([1])
    woken.pushes.pushed([1], 3_000 + pushAfter)
    expect(woken.pushes.targetOf(1, 9_000)?.target).toEqual(target('a'))
    const socket = connect(woken)
    expect(socket.ofType('groupNews')).toMatchObject([{ groups: [group] }])
    woken.groups.acknowledge(socket.session, { type: 'groupAck', cursors: [], news: [group] }, 9_500)
    expect(woken.pushes.targetOf(1, 9_500)).toBeUndefined()
    woken.groups.deliver(group, [1], [], 100_000)
    woken.groups.acknowledge(socket.session, { type: 'groupAck', cursors: [], news: [group] }, 100_100)
    expect(woken.pushesDue(100_000 + pushAfter)).toEqual([])
  })

  it('PU-6: that is connected is woken when it has not acknowledged within a moment, and not when it has', async () => {
    const { relay } = await setUp()
    relay.setPushTarget(1, target('a'))
    const socket = connect(relay)
    relay.groups.deliver(group, [1], entries(), 10_000)
    relay.groups.deliver(group, [1], entries(), 11_000)
    expect([relay.pushes.due, relay.groups.unreadDue]).toEqual([undefined, 10_000 + pushAfter])
    // It is there, and is given time for the second.
    acknowledge(relay, socket, seq - 1, 12_000)
    expect(relay.groups.unreadDue).toBe(12_000 + pushAfter)
    relay.groups.leaveUnread(12_000 + pushAfter - 1)
    expect(relay.pushes.due).toBeUndefined()
    // Seen by a relay that woke from hibernation.
    const again = new TestSocket(relay, 1, socket.saved)
    expect(again.session.groups.urgent).toEqual([{ group, at: 12_000 }])
    relay.groups.leaveUnread(12_000 + pushAfter)
    expect(relay.groups.unreadDue).toBeUndefined()
    expect(relay.pushesDue(12_000 + pushAfter)).toEqual([1])
    relay.pushes.pushed([1], 12_000 + pushAfter)
    // Late, but there: nothing waits any more.
    acknowledge(relay, again, seq, 20_000)
    expect(relay.pushes.targetOf(1, 20_000)).toBeUndefined()
    relay.groups.deliver(group, [1], entries(), 200_000)
    acknowledge(relay, again, seq, 201_000)
    expect(relay.groups.unreadDue).toBeUndefined()
  })

  it('PU-6: whose socket ends before it acknowledged something urgent is woken for that; for what is not urgent it is not', async () => {
    const { relay } = await setUp()
    relay.setPushTarget(1, target('a'))
    const first = connect(relay)
    relay.groups.deliver(group, [1], entries())
    relay.detach(first.session)
    expect(relay.pushes.due).toBeUndefined()
    const second = connect(relay)
    relay.groups.deliver(group, [1], entries(), 10_000)
    relay.detach(second.session)
    expect(relay.pushesDue(10_000 + pushAfter)).toEqual([1])
  })

  it('PU-6: that cannot be woken is left news, and nothing waits for it when it can be', async () => {
    const { relay } = await setUp()
    relay.groups.deliver(group, [1], [], 3_000)
    relay.setPushTarget(1, target('a'))
    expect([relay.pushes.due, relay.pushes.targetOf(1, 3_000)]).toEqual([undefined, undefined])
    expect(connect(relay).ofType('groupNews')).toMatchObject([{ groups: [group] }])
  })
})
