import { RATES } from '../rates/table.ts'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '#protocol/limits.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { deviceRecord, messageFor, nextList, prekeyUpload, randomId, testAccount } from '../testing/accounts.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { BY, TestSocket, relayFor } from '../testing/relays.ts'
import { Relay } from './relay.ts'

const bob = { account: randomId(), device: 1 }
const carol = { account: randomId(), device: 1 }
const dave = { account: randomId(), device: 1 }

describe('deposit', () => {
  it('D-1: stores a message under the next seq of each device, and pushes it to connected ones', async () => {
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

  it('S-5: answers a repeated message as the first time and stores it once; another payload under the id is refused', async () => {
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

  it('S-7, S-8: answers wrong devices by one mismatch with the list and the bundles that a retry needs', async () => {
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

  it('S-7: a mismatch does not use the message id up', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const messageId = randomId()
    relay.deposit(bob, [messageFor(alice.list, { messageId, envelopes: [] })], 1)
    expect(relay.deposit(bob, [messageFor(alice.list, { messageId })], 2)[0]).toMatchObject({ kind: 'accepted' })
  })

  it('S-1: does not expect an envelope for the sending device of the own account', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const sent = relay.deposit({ account: alice.id, device: 1 }, [messageFor(alice.list, { envelopes: [] })], 1)
    expect(sent[0]).toMatchObject({ kind: 'accepted' })
  })

  it('S-12: passes ephemeral messages to connected devices and stores nothing of them', async () => {
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

  it('D-7, G-2: a full inbox becomes a gap while another device has room, and refuses the message when none has', async () => {
    const alice = await testAccount()
    const sql = nodeSql()
    const relay = relayFor(alice, sql)
    const { list, signed } = nextList(alice, alice.list, [...alice.list.devices, deviceRecord(2)])
    relay.updateDeviceList(signed, [{ device: 2, upload: await prekeyUpload(alice.identity) }], 1, BY)
    // Device 1 is full; device 2 has acknowledged everything.
    for (let sent = 0; sent < RELAY_LIMITS.inboxEnvelopes; sent += LIMITS.messagesPerSend) {
      relay.deposit(
        // One sender fills no more than half of it.
        [bob, carol, dave][Math.floor(sent / 4_000)] ?? bob,
        Array.from({ length: LIMITS.messagesPerSend }, () => messageFor(list, {}, 8)),
        1,
      )
    }
    relay.inboxes.acknowledge(2, relay.inboxes.nextSeq(2) - 1)
    expect(relay.inboxes.count(1)).toBe(RELAY_LIMITS.inboxEnvelopes)
    const top = relay.inboxes.nextSeq(1)
    expect(relay.deposit(bob, [messageFor(list)], 2)[0]).toMatchObject({ kind: 'accepted' })
    expect(relay.inboxes.count(2)).toBeGreaterThan(0)
    expect(relay.inboxes.next(1, top - 1, 10, 10_000)).toMatchObject({
      kind: 'gap',
      gap: { from: RELAY_LIMITS.inboxEnvelopes + 1, to: top, reason: 'overflow' },
    })
    relay.updateDeviceList(nextList(alice, list, alice.list.devices).signed, [], 3, BY)
    expect(relay.deposit(bob, [messageFor(relay.account.list)], 4)[0]).toMatchObject({ code: 'quotaExceeded' })
  })

  it('D-10: one sender fills half of an inbox, and no more; others, and the own devices, still have room', async () => {
    const alice = await testAccount()
    const sql = nodeSql()
    const relay = relayFor(alice, sql)
    const burst = (from: typeof bob, count: number, of = relay) =>
      of.deposit(
        from,
        Array.from({ length: count }, () => messageFor(alice.list, {}, 8)),
        1,
      )
    const half = RELAY_LIMITS.inboxEnvelopes / 2
    for (let sent = 0; sent < half; sent += 50) burst(bob, 50)
    expect(burst(bob, 2)).toMatchObject([{ code: 'quotaExceeded' }, { code: 'quotaExceeded' }])
    expect(burst(carol, 1)).toMatchObject([{ kind: 'accepted' }])
    expect(burst({ account: alice.id, device: 7 }, 1)).toMatchObject([{ kind: 'accepted' }])
    // The same after the object's memory is gone; and room again once some were fetched.
    const woken = new Relay(sql)
    expect(burst(bob, 1, woken)).toMatchObject([{ code: 'quotaExceeded' }])
    woken.inboxes.acknowledge(1, 10)
    expect(burst(bob, 12, woken).map(({ kind }) => kind)).toEqual([
      ...Array.from({ length: 10 }, () => 'accepted'),
      'rejected',
      'rejected',
    ])
  })

  it('G-6: a device that nobody can encrypt for gets a gap and keeps nobody else from being reached', async () => {
    const alice = await testAccount(3)
    const relay = relayFor(alice)
    const { list, signed } = nextList(alice, alice.list, [...alice.list.devices, deviceRecord(2)])
    relay.updateDeviceList(signed, [{ device: 2, upload: await prekeyUpload(alice.identity) }], 1, BY)
    relay.prekeys.clear(2)
    const empty = relay.deposit(bob, [messageFor(list, { envelopes: [] })], 2)[0]
    expect(empty).toMatchObject({ kind: 'mismatch', mismatch: { missing: [1], bundles: [{ device: 1 }] } })
    const toFirst = messageFor(alice.list)
    expect(relay.deposit(bob, [toFirst], 3)[0]).toMatchObject({ kind: 'accepted' })
    expect(relay.inboxes.next(2, 0, 10, 10_000)).toMatchObject({
      kind: 'gap',
      gap: { from: 1, to: 1, reason: 'noPrekeys' },
    })
    relay.prekeys.clear(1)
    const nobody = messageFor(list, { envelopes: [] })
    expect(relay.deposit(bob, [nobody], 4)[0]).toMatchObject({ kind: 'rejected', code: 'prekeysUnavailable' })
    // Who has a session with it needs no prekeys.
    expect(relay.deposit(bob, [messageFor(list)], 5)[0]).toMatchObject({ kind: 'accepted' })
    expect(relay.inboxes.count(2)).toBe(1)
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

  it('D-2: never gives a later envelope an earlier time, whatever the clock does', async () => {
    const alice = await testAccount()
    const sql = nodeSql()
    const relay = relayFor(alice, sql)
    const times = [50_000, 10_000, 60_000].map((now) => relay.deposit(bob, [messageFor(alice.list)], now)[0])
    expect(times.map((outcome) => (outcome?.kind === 'accepted' ? outcome.at : 0))).toEqual([50_000, 50_000, 60_000])
    // Nor after the object lost its memory: the drain counts on it.
    const woken = new Relay(sql).deposit(bob, [messageFor(alice.list)], 20_000)[0]
    expect(woken).toMatchObject({ kind: 'accepted', at: 60_000 })
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
  it('C-3, D-5: greets, delivers what waits in pages and says when it is all', async () => {
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

  it('C-5: acknowledges what the client has, when it speaks of this incarnation', async () => {
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

  it('C-6, G-4: starts anew for another incarnation, and says that something may be lost', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    relay.deposit(
      bob,
      Array.from({ length: 3 }, () => messageFor(alice.list)),
      1,
    )
    const frames = new TestSocket(relay, 1).hello(relay, 900, randomId())
    expect(frames[1]).toEqual({ type: 'gap', from: 0, to: 0, reason: 'storageLost' })
    // Which groups there was news of is lost as well (T-11).
    expect(frames.slice(-2)).toEqual([
      { type: 'caughtUp', upTo: 3 },
      { type: 'groupNews', groups: [], all: true },
    ])
    expect(relay.inboxes.count(1)).toBe(3)
  })

  it('C-1, C-2, C-5: refuses a second one, one of the future, and another version', async () => {
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

  it('W-5: a newer socket of a device replaces the older, which is told so', async () => {
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
  it('D-6: stops at 256 unacknowledged and goes on as acknowledgements come', async () => {
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
    expect(socket.received()).toHaveLength(RELAY_LIMITS.unacknowledged)
    relay.acknowledge(socket.session, { type: 'ack', upTo: 100 })
    expect(socket.received()).toHaveLength(RELAY_LIMITS.unacknowledged + 100)
    expect(socket.ofType('caughtUp')).toHaveLength(0)
    for (const upTo of [256, 356, 600])
      relay.acknowledge(socket.session, { type: 'ack', upTo: Math.min(upTo, socket.session.sentUpTo) })
    expect(socket.received().map(({ seq }) => seq)).toEqual(Array.from({ length: 600 }, (_, at) => at + 1))
    expect(socket.ofType('caughtUp').at(-1)).toEqual({ type: 'caughtUp', upTo: 600 })
    expect(relay.inboxes.count(1)).toBe(0)
  })

  it('D-6: never pushes more than its octets either', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const big = 60 * 1_024
    for (let sent = 0; sent < 120; sent += 1) relay.deposit(bob, [messageFor(alice.list, {}, big)], 1)
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    const pushed = socket.received().length * big
    expect(pushed).toBeGreaterThan(RELAY_LIMITS.unacknowledgedBytes - RELAY_LIMITS.pageBytes)
    expect(pushed).toBeLessThanOrEqual(RELAY_LIMITS.unacknowledgedBytes + big)
    for (const { items } of socket.ofType('envelopes')) {
      expect(JSON.stringify(items).length).toBeLessThan(LIMITS.frameBytes)
    }
  })

  it('D-6: what is pushed as it is accepted keeps to the window and the page too', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    const big = 64 * 1_024
    for (let turn = 0; turn < 4; turn += 1) {
      relay.deposit(
        bob,
        Array.from({ length: 60 }, () => messageFor(alice.list, {}, big)),
        1,
      )
    }
    socket.readOn(relay)
    const ephemeral = Array.from({ length: 20 }, () => messageFor(alice.list, { ephemeral: true }, big))
    relay.deposit(bob, ephemeral, 1)
    expect(socket.received().length * big).toBeLessThanOrEqual(RELAY_LIMITS.unacknowledgedBytes + big)
    expect(socket.ofType('ephemeral').flatMap(({ items }) => items)).toHaveLength(20)
    for (const frame of socket.frames) expect(JSON.stringify(frame).length).toBeLessThan(LIMITS.frameBytes)
  })

  it('a socket that the relay closed is sent nothing more, and is not taken up again', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    socket.session.end('rateLimited')
    const { saved } = socket
    relay.deposit(bob, [messageFor(alice.list)], 1)
    expect(socket.received()).toEqual([])
    expect(socket.saved).toBe(saved)
  })

  it('W-9: knows after hibernation what it had pushed', async () => {
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

describe('frame rate', () => {
  it('W-7: allows a burst of 2,000 frames and 500 a second from then on', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    const { session } = new TestSocket(relay, 1)
    const taken = (count: number, now: number) =>
      Array.from({ length: count }, () => session.takeFrame(now)).filter(({ allowed }) => allowed).length
    expect(taken(2_500, 10_000)).toBe(RATES.framesPerSocket.burst)
    expect(session.takeFrame(10_000)).toEqual({ allowed: false, fullAt: 14_000, retryAfterMs: 2 })
    expect(taken(2_500, 11_000)).toBe(500)
    expect(taken(10, 5_000)).toBe(0)
  })
})

describe('ack', () => {
  it('K-3: refuses one of the future and changes nothing', async () => {
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

  it('K-4: only the cumulative part frees the window', async () => {
    const alice = await testAccount()
    const relay = relayFor(alice)
    for (let turn = 0; turn < 5; turn += 1) {
      relay.deposit(
        bob,
        Array.from({ length: 60 }, () => messageFor(alice.list, {}, 8)),
        1,
      )
    }
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    relay.acknowledge(socket.session, { type: 'ack', upTo: 0, also: Array.from({ length: 200 }, (_, at) => at + 2) })
    expect(socket.received()).toHaveLength(RELAY_LIMITS.unacknowledged)
    relay.acknowledge(socket.session, { type: 'ack', upTo: 201 })
    expect(socket.received()).toHaveLength(300)
  })

  it('K-5: deletes sparsely acknowledged envelopes, which are not delivered again', async () => {
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
  it('D-8, G-3, G-5: deletes envelopes past their time and leaves a gap in their place', async () => {
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
    // G-5: told again until it is acknowledged.
    expect(new TestSocket(relay, 1).hello(relay)[1]).toMatchObject({ type: 'gap', from: 1, to: 2 })
    relay.acknowledge(socket.session, { type: 'ack', upTo: 3 })
    expect(new TestSocket(relay, 1).hello(relay, 3).map(({ type }) => type)).toEqual(['welcome', 'caughtUp'])
  })

  it('S-6: forgets message ids as late as envelopes', async () => {
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
