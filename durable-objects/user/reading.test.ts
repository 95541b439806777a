/** Sockets whose clients do not read what they are sent. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GroupEntry } from '#protocol/groups/entries.ts'
import { LIMITS } from '#protocol/limits.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { messageFor, randomId, testAccount } from '../testing/accounts.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { TestSocket, relayFor } from '../testing/relays.ts'
import { Reading } from './reading.ts'
import { Relay } from './relay.ts'

const alice = await testAccount()
const bob = { account: randomId(), device: 1 }
const BIG = 64 * 1_024
const group = randomId()
let seq = 0

/** The same octets each time: what is measured here is how many. */
const messages = Array.from({ length: 8 }, () => messageFor(alice.list, {}, BIG))
const ephemerals = Array.from({ length: 8 }, () => messageFor(alice.list, { ephemeral: true }, BIG))
const fresh = () => messages.map((message) => ({ ...message, messageId: randomId() }))
const entries = (): GroupEntry[] =>
  Array.from({ length: 8 }, () => ({
    kind: 'message',
    seq: (seq += 1),
    at: 1,
    messageId: randomId(),
    epoch: 0,
    body: messages[0]?.envelopes[0]?.body ?? '',
  }))

/** A greeted socket, and how many characters were written to it. */
function open(sql = nodeSql()) {
  const relay = relayFor(alice, sql)
  const socket = new TestSocket(relay, 1)
  socket.hello(relay)
  const written = () => socket.frames.reduce((sum, frame) => sum + JSON.stringify(frame).length, 0)
  return { relay, socket, written, sql }
}

/** What others can make the relay push to a device. */
const PUSHES: readonly ((relay: Relay) => void)[] = [
  (relay) => void relay.deposit(bob, fresh(), 1),
  (relay) => void relay.deposit(bob, ephemerals, 1),
  (relay) => void relay.groups.deliver(group, [1], entries()),
  (relay) => {
    for (const { messageId, body } of entries()) relay.groups.pass(group, [1], { messageId, at: 1, body })
  },
]

describe('a client that does not read', () => {
  it('W-12: is sent no more than 8 MiB, whatever others send to it, and is not closed for that', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PUSHES), { minLength: 30, maxLength: 40 }), (pushes) => {
        const { relay, socket, written } = open()
        for (const push of pushes) push(relay)
        expect(written()).toBeGreaterThan(RELAY_LIMITS.unreadBehind)
        expect(written()).toBeLessThan(RELAY_LIMITS.unreadMost)
        expect(socket.closed).toBeUndefined()
      }),
      { numRuns: 10 },
    )
  })

  it('W-12: is closed by name when it goes on asking without reading the answers', () => {
    const { relay, socket, written } = open()
    for (const push of PUSHES) for (let turn = 0; turn < 10; turn += 1) push(relay)
    const answer = { type: 'mismatch', messageId: randomId(), to: alice.id } as const
    const big = { ...answer, missing: [], extra: [], stale: [], deviceList: alice.signed, bundles: [] }
    for (let turn = 0; turn < 20_000 && !socket.closed; turn += 1) socket.session.send(big)
    expect(socket.closed).toEqual({ code: 4429, reason: 'tooManyInFlight' })
    expect(socket.frames.at(-1)).toMatchObject({ type: 'error', code: 'tooManyInFlight' })
    expect(written()).toBeLessThan(RELAY_LIMITS.unreadMost + LIMITS.frameBytes)
  })

  it('W-12: gets what it left once it reads on: envelopes in order, and news of the groups that it missed', () => {
    const { relay, socket } = open()
    for (let turn = 0; turn < 4; turn += 1) relay.groups.deliver(group, [1], entries())
    const pushed = socket.ofType('groupEntries').length
    expect(relay.groups.deliver(group, [1], entries())).toEqual([1])
    expect(socket.ofType('groupEntries')).toHaveLength(pushed)
    for (let turn = 0; turn < 12; turn += 1) relay.deposit(bob, fresh(), 1)
    const before = socket.received().length
    expect(socket.ofType('groupNews')).toEqual([])
    socket.readOn(relay)
    expect(socket.ofType('groupNews')).toEqual([{ type: 'groupNews', groups: [group] }])
    expect(socket.received().length).toBeGreaterThan(before)
    for (let turn = 0; turn < 4; turn += 1) {
      relay.acknowledge(socket.session, { type: 'ack', upTo: socket.session.sentUpTo })
      socket.readOn(relay)
    }
    expect(socket.received().map((item) => item.seq)).toEqual(Array.from({ length: 96 }, (_, at) => at + 1))
    // And is pushed to again.
    expect(relay.groups.deliver(group, [1], entries())).toEqual([])
  })

  it('W-9, W-12: is known to be behind after an eviction, and told of what it missed all the same', () => {
    const { relay, socket, sql } = open()
    while (!socket.session.isBehind) relay.deposit(bob, ephemerals, 1)
    relay.groups.deliver(group, [1], entries())
    const woken = new Relay(sql)
    const again = new TestSocket(woken, 1, socket.saved)
    again.frames.push(...socket.ofType('readCheck'))
    expect(again.session.isBehind).toBe(true)
    again.readOn(woken)
    expect(again.session.isBehind).toBe(false)
    expect(again.ofType('groupNews')).toEqual([{ type: 'groupNews', groups: [group] }])
  })
})

describe('checks', () => {
  it('W-11: come once in so many characters, and one at a time', () => {
    const reading = new Reading()
    const nonces: string[] = []
    for (let turn = 0; turn < 64; turn += 1) {
      const nonce = reading.sent(BIG)
      if (nonce === undefined) continue
      nonces.push(nonce)
      expect(reading.confirmed(nonce)).toEqual({ next: undefined })
    }
    expect(nonces).toHaveLength((64 * BIG) / RELAY_LIMITS.readCheckEvery)
    expect(new Set(nonces).size).toBe(nonces.length)
  })

  it('W-11: an answer counts once, and only with its nonce; what came behind the check stays unread', () => {
    const { relay, socket } = open()
    while (!socket.session.isBehind) relay.deposit(bob, ephemerals, 1)
    const [check, second] = socket.ofType('readCheck')
    expect(second).toBeUndefined()
    const nonce = check?.nonce ?? ''
    relay.read(socket.session, { type: 'read', nonce: 'AAAAAAAAAAA' })
    expect(socket.frames.at(-1)).toMatchObject({ type: 'error', code: 'malformed', detail: 'nonce' })
    expect(socket.session.isBehind).toBe(true)
    relay.read(socket.session, { type: 'read', nonce })
    // All that the first check covered was a quarter of a mebibyte.
    expect(socket.ofType('readCheck')).toHaveLength(2)
    relay.read(socket.session, { type: 'read', nonce })
    expect(socket.frames.at(-1)).toMatchObject({ type: 'error', code: 'malformed' })
  })

  it('W-11: a client that reads never notices, however much it is sent', () => {
    const { relay, socket, written } = open()
    let accepted = 0
    while (written() < 2 * RELAY_LIMITS.unreadMost) {
      relay.deposit(bob, fresh(), 1)
      accepted += messages.length
      relay.groups.deliver(group, [1], entries())
      relay.acknowledge(socket.session, { type: 'ack', upTo: socket.session.sentUpTo })
      socket.readOn(relay)
    }
    expect(socket.received()).toHaveLength(accepted)
    expect(socket.ofType('groupNews')).toEqual([])
    expect(socket.closed).toBeUndefined()
  })
})
