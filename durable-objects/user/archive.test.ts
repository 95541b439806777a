import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '#protocol/limits.ts'
import { deviceRecord, messageFor, nextList, prekeyUpload, randomId, testAccount } from '../testing/accounts.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { BY, TestSocket, relayFor } from '../testing/relays.ts'
import { Archive, type DrainBatch } from './archive.ts'
import { Relay } from './relay.ts'

const bob = { account: randomId(), device: 1 }
const AFTER = 30_000

async function setUp(persistAfter = AFTER) {
  const alice = await testAccount()
  const sql = nodeSql()
  const relay = relayFor(alice, sql)
  const archive = new Archive(sql, relay.account, relay.inboxes, persistAfter)
  return { alice, sql, relay, archive }
}

/** Postgres, as far as the drain sees it. */
class Copies {
  readonly rows = new Map<string, string>()

  apply(batch: DrainBatch): void {
    for (const { device, seq, messageId } of batch.rows) this.rows.set(`${device} ${seq}`, messageId)
    for (const { device, upTo } of batch.acknowledged) {
      for (const key of this.rows.keys()) {
        const [of, seq] = key.split(' ').map(Number)
        if (of === device && (seq ?? 0) <= upTo) this.rows.delete(key)
      }
    }
  }
}

describe('drain', () => {
  it('O-1: copies what waited long enough, once, and deletes the copy after the acknowledgement', async () => {
    const { alice, relay, archive } = await setUp()
    relay.deposit(bob, [messageFor(alice.list, { urgent: true })], 1_000)
    relay.deposit(bob, [messageFor(alice.list)], 20_000)
    expect(archive.due(1_000)).toBe(1_000 + AFTER)
    expect(archive.next(1_000 + AFTER - 1)).toBeUndefined()
    const batch = archive.next(1_000 + AFTER)
    expect(batch?.rows).toMatchObject([
      { seq: 1, urgent: true, senderAccount: bob.account, expiresAt: 1_000 + LIMITS.envelopeTtl },
    ])
    if (batch) archive.done(batch)
    expect(archive.next(1_000 + AFTER)).toBeUndefined()
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    relay.acknowledge(socket.session, { type: 'ack', upTo: 2 })
    expect(archive.hasCopies(1)).toBe(true)
    const clearing = archive.next(40_000)
    expect(clearing).toMatchObject({ rows: [], acknowledged: [{ device: 1, upTo: 1 }] })
    if (clearing) archive.done(clearing)
    expect(archive.hasCopies(1)).toBe(false)
    expect(archive.due(50_000)).toBeUndefined()
  })

  it('says how old the oldest envelope is that should have been copied', async () => {
    const { alice, relay, archive } = await setUp()
    expect(archive.lag(100_000)).toBe(0)
    relay.deposit(bob, [messageFor(alice.list)], 1_000)
    relay.deposit(bob, [messageFor(alice.list)], 40_000)
    expect([archive.lag(1_000 + AFTER - 1), archive.lag(1_000 + AFTER)]).toEqual([0, AFTER])
    const batch = archive.next(1_000 + AFTER)
    if (batch) archive.done(batch)
    expect([archive.lag(1_000 + AFTER), archive.lag(100_000)]).toEqual([0, 60_000])
  })

  it('an envelope acknowledged in time is never copied', async () => {
    const { alice, relay, archive } = await setUp()
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    relay.deposit(bob, [messageFor(alice.list)], 1_000)
    relay.acknowledge(socket.session, { type: 'ack', upTo: 1 })
    expect(archive.due(1_000)).toBeUndefined()
    expect(archive.next(1_000_000)).toBeUndefined()
  })

  it('O-2: backs off after failures, with jitter and a ceiling, across a restart, and forgets it after a success', async () => {
    const { alice, sql, relay, archive } = await setUp(0)
    relay.deposit(bob, [messageFor(alice.list)], 1_000)
    const waits = Array.from({ length: 14 }, () => archive.failed(1_000, 0.5) - 1_000)
    expect(waits.slice(0, 4)).toEqual([750, 1_500, 3_000, 6_000])
    expect(waits.at(-1)).toBe(225_000)
    const woken = new Relay(sql)
    const again = new Archive(sql, woken.account, woken.inboxes, 0)
    expect(again.due(2_000)).toBe(226_000)
    const batch = again.next(300_000)
    if (batch) again.done(batch)
    expect(again.failed(300_000, 0.5)).toBe(300_750)
  })

  it('carries a changed device list, and forgets the copies of a removed device', async () => {
    const { alice, relay, archive } = await setUp()
    const two = nextList(alice, alice.list, [...alice.list.devices, deviceRecord(2)])
    relay.updateDeviceList(two.signed, [{ device: 2, upload: await prekeyUpload(alice.identity) }], 1, BY)
    expect(archive.due(5)).toBe(5)
    const batch = archive.next(5)
    expect(batch?.list).toEqual({ signed: two.signed, version: 2 })
    if (batch) archive.done(batch)
    archive.audit.taken(1, 5)
    expect(archive.due(6)).toBeUndefined()
  })

  it('leaves no copy behind of what was acknowledged, and always a copy of what waited, in any order of events', async () => {
    const alice = await testAccount()
    const event = fc.oneof(
      fc.record({ do: fc.constant('deposit' as const), count: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ do: fc.constant('ack' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      // The call's fate: it arrived; it arrived and the answer was lost; it did not arrive.
      fc.record({ do: fc.constant('drain' as const), fate: fc.constantFrom('done', 'answerLost', 'lost') }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: AFTER }) }),
      fc.record({ do: fc.constant('evict' as const) }),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const sql = nodeSql()
        let relay = relayFor(alice, sql)
        let archive = new Archive(sql, relay.account, relay.inboxes, AFTER)
        const copies = new Copies()
        let now = 1_000
        const drain = (fate: string) => {
          const batch = archive.next(now)
          if (!batch) return
          if (fate !== 'lost') copies.apply(batch)
          if (fate === 'done') archive.done(batch)
          else archive.failed(now, 0)
        }
        for (const step of events) {
          if (step.do === 'deposit') {
            relay.deposit(
              bob,
              Array.from({ length: step.count }, () => messageFor(alice.list, {}, 4)),
              now,
            )
          } else if (step.do === 'ack') {
            relay.inboxes.acknowledge(1, Math.floor((relay.inboxes.nextSeq(1) - 1) * step.share))
          } else if (step.do === 'drain') drain(step.fate)
          else if (step.do === 'wait') now += step.ms
          else {
            relay = new Relay(sql)
            archive = new Archive(sql, relay.account, relay.inboxes, AFTER)
          }
        }
        now += 10 * AFTER
        for (let run = 0; run < 5; run += 1) drain('done')
        const waiting = sql.exec<{ slot: number; message_id: string }>('SELECT slot, message_id FROM inbox')
        expect(new Set(copies.rows.values())).toEqual(new Set(waiting.map((row) => row.message_id)))
        expect(archive.due(now)).toBeUndefined()
      }),
      { numRuns: 150 },
    )
  })
})
