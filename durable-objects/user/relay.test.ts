import { describe, expect, it } from 'vitest'
import { LIMITS } from '#protocol/limits.ts'
import { deviceRecord, messageFor, nextList, prekeyUpload, randomId, testAccount } from '../testing/accounts.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { TestSocket, relayFor } from '../testing/relays.ts'
import { Relay } from './relay.ts'

const bob = { account: randomId(), device: 1 }

describe('deposit', () => {
  it('stores a message under the next seq of each device, and pushes it to connected ones', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    const messages = [messageFor(alice.list), messageFor(alice.list)]
    const outcomes = relay.deposit(bob, messages, 5_000)
    expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'accepted'])
    expect(socket.received()).toEqual(messages.map(({ messageId }, at) => ({ seq: at + 1, messageId })))
    expect(socket.ofType('envelopes')[0]?.items[0]).toMatchObject({ from: bob, at: 5_000 })
  })

  it('answers a repeated message as the first time and stores it once; another payload under the id is refused', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const message = messageFor(alice.list)
    relay.deposit(bob, [message], 1)
    expect(relay.deposit(bob, [message], 2)[0]).toMatchObject({ kind: 'accepted', messageId: message.messageId })
    const other = { ...messageFor(alice.list), messageId: message.messageId }
    expect(relay.deposit(bob, [other], 3)[0]).toMatchObject({ kind: 'rejected', code: 'messageIdReused' })
    expect(relay.deposit({ ...bob, device: 2 }, [message], 4)[0]).toMatchObject({ code: 'messageIdReused' })
    expect(relay.inboxes.count(1)).toBe(1)
  })

  it('answers wrong devices by one mismatch with the list and the bundles that a retry needs', async () => {
    const alice = await testAccount(1)
    const relay = relayFor(alice)
    const [envelope] = messageFor(alice.list).envelopes
    if (!envelope) throw new Error('no envelope')
    const missing = relay.deposit(bob, [messageFor(alice.list, { envelopes: [] })], 1)[0]
    expect(missing).toMatchObject({
      kind: 'mismatch',
      mismatch: {
        missing: [1],
        extra: [],
        stale: [],
        deviceList: alice.signed,
        bundles: [{ device: 1, oneTimePrekey: { id: 1 } }],
      },
    })
    const wrong = relay.deposit(
      bob,
      [
        messageFor(alice.list, {
          envelopes: [
            { ...envelope, registrationId: 77 },
            { ...envelope, device: 9 },
          ],
        }),
      ],
      1,
    )[0]
    expect(wrong).toMatchObject({ kind: 'mismatch', mismatch: { missing: [], extra: [9], stale: [1] } })
    expect(relay.inboxes.count(1)).toBe(0)
  })

  it('a mismatch does not use the message id up', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const messageId = randomId()
    relay.deposit(bob, [messageFor(alice.list, { messageId, envelopes: [] })], 1)
    expect(relay.deposit(bob, [messageFor(alice.list, { messageId })], 2)[0]).toMatchObject({ kind: 'accepted' })
  })

  it('does not expect an envelope for the sending device of the own account', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const sent = relay.deposit({ account: alice.id, device: 1 }, [messageFor(alice.list, { envelopes: [] })], 1)
    expect(sent[0]).toMatchObject({ kind: 'accepted' })
  })

  it('passes ephemeral messages to connected devices and stores nothing of them', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    const message = messageFor(alice.list, { ephemeral: true })
    expect(relay.deposit(bob, [message], 1)[0]).toMatchObject({ kind: 'accepted' })
    expect(socket.ofType('ephemeral')[0]?.items[0]).toMatchObject({ messageId: message.messageId, from: bob })
    expect(relay.inboxes.nextSeq(1)).toBe(1)
    expect(relay.deduplication.due).toBeUndefined()
  })

  it('a full inbox becomes a gap while another device has room, and refuses the message when none has', async () => {
    const alice = await testAccount()
    const sql = nodeSql()
    const relay = relayFor(alice, sql)
    const { list, signed } = nextList(alice, alice.list, [...alice.list.devices, deviceRecord(2)])
    relay.updateDeviceList(signed, [{ device: 2, upload: await prekeyUpload(alice.identity) }], 1)
    // Device 1 is full; device 2 has acknowledged everything.
    for (let sent = 0; sent < LIMITS.inboxEnvelopes; sent += LIMITS.messagesPerSend) {
      relay.deposit(
        bob,
        Array.from({ length: LIMITS.messagesPerSend }, () => messageFor(list, {}, 8)),
        1,
      )
    }
    relay.inboxes.acknowledge(2, relay.inboxes.nextSeq(2) - 1)
    expect(relay.inboxes.count(1)).toBe(LIMITS.inboxEnvelopes)
    const top = relay.inboxes.nextSeq(1)
    expect(relay.deposit(bob, [messageFor(list)], 2)[0]).toMatchObject({ kind: 'accepted' })
    expect(relay.inboxes.count(2)).toBeGreaterThan(0)
    expect(relay.inboxes.next(1, top - 1, 10, 10_000)).toMatchObject({
      kind: 'gap',
      gap: { from: LIMITS.inboxEnvelopes + 1, to: top, reason: 'overflow' },
    })
    relay.updateDeviceList(nextList(alice, list, alice.list.devices).signed, [], 3)
    expect(relay.deposit(bob, [messageFor(relay.account.list)], 4)[0]).toMatchObject({ code: 'quotaExceeded' })
  })

  it('rolls back as a whole when storage fails, and memory follows', async () => {
    const alice = await testAccount()
    const sql = nodeSql()
    const relay = relayFor(alice, sql)
    relay.deposit(bob, [messageFor(alice.list)], 1)
    const exec = sql.exec.bind(sql)
    sql.exec = (statement, ...bindings) => {
      if (statement.startsWith('UPDATE devices SET next_seq')) throw new Error('disk full')
      return exec(statement, ...bindings)
    }
    const message = messageFor(alice.list)
    expect(() => relay.deposit(bob, [message], 2)).toThrow('disk full')
    sql.exec = exec
    expect(relay.inboxes.nextSeq(1)).toBe(2)
    expect(relay.deposit(bob, [message], 3)[0]).toMatchObject({ kind: 'accepted' })
    expect(relay.inboxes.count(1)).toBe(2)
  })

  it('never gives a later envelope an earlier time, whatever the clock does', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const times = [50_000, 10_000, 60_000].map((now) => relay.deposit(bob, [messageFor(alice.list)], now)[0])
    expect(times.map((outcome) => (outcome?.kind === 'accepted' ? outcome.at : 0))).toEqual([50_000, 50_000, 60_000])
  })

  it('costs four statements for a message to one device', async () => {
    const alice = await testAccount()
    const sql = nodeSql()
    const relay = relayFor(alice, sql)
    relay.deposit(bob, [messageFor(alice.list)], 1)
    const before = sql.statements
    relay.deposit(bob, [messageFor(alice.list)], 2)
    // Look the id up, remember it, store the envelope, move the seq: two rows inserted, one updated.
    expect(sql.statements - before).toBe(4)
  })
})

describe('hello', () => {
  it('greets, delivers what waits in pages and says when it is all', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const messages = Array.from({ length: 5 }, () => messageFor(alice.list))
    relay.deposit(bob, messages, 1)
    const socket = new TestSocket(relay, 1)
    const frames = socket.hello(relay)
    expect(frames.map(({ type }) => type)).toEqual(['welcome', 'envelopes', 'caughtUp'])
    expect(frames[0]).toMatchObject({ incarnation: relay.account.incarnation, deviceListVersion: 1 })
    expect(frames.at(-1)).toEqual({ type: 'caughtUp', upTo: 5 })
    expect(socket.received().map(({ messageId }) => messageId)).toEqual(messages.map(({ messageId }) => messageId))
  })

  it('acknowledges what the client has, when it speaks of this incarnation', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    relay.deposit(
      bob,
      Array.from({ length: 3 }, () => messageFor(alice.list)),
      1,
    )
    new TestSocket(relay, 1).hello(relay, 2)
    expect(relay.inboxes.count(1)).toBe(1)
  })

  it('starts anew for another incarnation, and says that something may be lost', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    relay.deposit(
      bob,
      Array.from({ length: 3 }, () => messageFor(alice.list)),
      1,
    )
    const frames = new TestSocket(relay, 1).hello(relay, 900, randomId())
    expect(frames[1]).toEqual({ type: 'gap', from: 0, to: 0, reason: 'storageLost' })
    expect(frames.at(-1)).toEqual({ type: 'caughtUp', upTo: 3 })
    expect(relay.inboxes.count(1)).toBe(3)
  })

  it('refuses a second one, one of the future, and another version', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const socket = new TestSocket(relay, 1)
    expect(socket.hello(relay, 1).at(-1)).toMatchObject({ type: 'error', code: 'ackOfTheFuture' })
    socket.hello(relay)
    expect(socket.hello(relay).at(-1)).toMatchObject({ type: 'error', code: 'helloExpected' })
    const old = new TestSocket(relay, 1)
    relay.hello(old.session, { type: 'hello', version: 99, lastSeq: 0 }, 1)
    expect(old.closed).toEqual({ code: 4400, reason: 'unsupportedVersion' })
  })

  it('a newer socket of a device replaces the older, which is told so', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const older = new TestSocket(relay, 1)
    older.hello(relay)
    const newer = new TestSocket(relay, 1)
    newer.hello(relay)
    expect(older.frames.at(-1)).toMatchObject({ type: 'error', code: 'replaced' })
    expect(older.closed).toEqual({ code: 4410, reason: 'replaced' })
    relay.detach(older.session)
    relay.deposit(bob, [messageFor(alice.list)], 1)
    expect(newer.received()).toHaveLength(1)
  })
})

describe('window', () => {
  it('stops at 256 unacknowledged and goes on as acknowledgements come', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    for (let sent = 0; sent < 10; sent += 1) {
      relay.deposit(
        bob,
        Array.from({ length: 60 }, () => messageFor(alice.list, {}, 8)),
        1,
      )
    }
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    expect(socket.received()).toHaveLength(LIMITS.unacknowledged)
    relay.acknowledge(socket.session, { type: 'ack', upTo: 100 })
    expect(socket.received()).toHaveLength(LIMITS.unacknowledged + 100)
    expect(socket.ofType('caughtUp')).toHaveLength(0)
    for (const upTo of [256, 356, 600])
      relay.acknowledge(socket.session, { type: 'ack', upTo: Math.min(upTo, socket.session.sentUpTo) })
    expect(socket.received().map(({ seq }) => seq)).toEqual(Array.from({ length: 600 }, (_, at) => at + 1))
    expect(socket.ofType('caughtUp').at(-1)).toEqual({ type: 'caughtUp', upTo: 600 })
    expect(relay.inboxes.count(1)).toBe(0)
  })

  it('never pushes more than its octets either', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const big = 60 * 1_024
    for (let sent = 0; sent < 120; sent += 1) relay.deposit(bob, [messageFor(alice.list, {}, big)], 1)
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    const pushed = socket.received().length * big
    expect(pushed).toBeGreaterThan(LIMITS.unacknowledgedBytes - LIMITS.pageBytes)
    expect(pushed).toBeLessThanOrEqual(LIMITS.unacknowledgedBytes + big)
    for (const { items } of socket.ofType('envelopes')) {
      expect(JSON.stringify(items).length).toBeLessThan(LIMITS.frameBytes)
    }
  })

  it('knows after hibernation what it had pushed', async () => {
    const alice = await testAccount()
    const sql = nodeSql()
    const relay = relayFor(alice, sql)
    relay.deposit(
      bob,
      Array.from({ length: 300 }, () => messageFor(alice.list, {}, 8)),
      1,
    )
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    const woken = new Relay(sql)
    const again = new TestSocket(woken, 1, socket.saved)
    woken.deposit(bob, [messageFor(alice.list)], 2)
    expect(again.received()).toEqual([])
    woken.acknowledge(again.session, { type: 'ack', upTo: 256 })
    expect(again.received().map(({ seq }) => seq)).toEqual(Array.from({ length: 45 }, (_, at) => at + 257))
  })
})

describe('ack', () => {
  it('refuses one of the future and changes nothing', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    relay.deposit(bob, [messageFor(alice.list)], 1)
    for (const ack of [{ upTo: 2 }, { upTo: 0, also: [2] }]) {
      relay.acknowledge(socket.session, { type: 'ack', ...ack })
      expect(socket.frames.at(-1)).toMatchObject({ type: 'error', code: 'ackOfTheFuture' })
    }
    expect(relay.inboxes.count(1)).toBe(1)
  })

  it('deletes sparsely acknowledged envelopes, which are not delivered again', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    relay.deposit(
      bob,
      Array.from({ length: 5 }, () => messageFor(alice.list)),
      1,
    )
    relay.acknowledge(socket.session, { type: 'ack', upTo: 1, also: [3, 5] })
    const next = new TestSocket(relay, 1)
    next.hello(relay, 1)
    expect(next.received().map(({ seq }) => seq)).toEqual([2, 4])
    expect(next.frames.at(-1)).toEqual({ type: 'caughtUp', upTo: 5 })
  })
})

describe('expiry', () => {
  it('deletes envelopes past their time and leaves a gap in their place', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    relay.deposit(bob, [messageFor(alice.list), messageFor(alice.list)], 1_000)
    const late = messageFor(alice.list)
    relay.deposit(bob, [late], 900_000)
    relay.expire(1_000 + LIMITS.envelopeTtl)
    const socket = new TestSocket(relay, 1)
    const frames = socket.hello(relay)
    expect(frames.slice(1)).toMatchObject([
      { type: 'gap', from: 1, to: 2, reason: 'expired' },
      { type: 'envelopes', items: [{ seq: 3, messageId: late.messageId }] },
      { type: 'caughtUp', upTo: 3 },
    ])
    relay.acknowledge(socket.session, { type: 'ack', upTo: 3 })
    expect(new TestSocket(relay, 1).hello(relay, 3).map(({ type }) => type)).toEqual(['welcome', 'caughtUp'])
  })

  it('forgets message ids as late as envelopes', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const message = messageFor(alice.list)
    relay.deposit(bob, [message], 1_000)
    expect(relay.deduplication.due).toBe(1_000 + LIMITS.envelopeTtl)
    relay.expire(999 + LIMITS.envelopeTtl)
    expect(relay.deposit(bob, [message], 2_000)[0]).toMatchObject({ kind: 'accepted' })
    relay.expire(1_000 + LIMITS.envelopeTtl)
    expect(relay.deduplication.due).toBeUndefined()
    expect(relay.inboxes.nextSeq(1)).toBe(2)
  })
})
