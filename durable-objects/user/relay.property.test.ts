import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeviceList } from '#protocol/device-list.ts'
import type { OutgoingMessage } from '#protocol/frames/send.ts'
import { deviceRecord, messageFor, nextList, prekeyUpload, randomId, testAccount } from '../testing/accounts.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { BY, TestSocket, relayFor } from '../testing/relays.ts'
import { Relay } from './relay.ts'

/** A device as a correct client is: what it has is durable before it acknowledges, and it takes each message once. */
class ModelDevice {
  readonly id: number
  lastSeq = 0
  incarnation: string | undefined
  readonly application: string[] = []
  readonly seqs: number[] = []
  #socket: TestSocket | undefined
  #read = 0

  constructor(id: number) {
    this.id = id
  }

  connect(relay: Relay): void {
    this.#socket = new TestSocket(relay, this.id)
    this.#read = 0
    this.#socket.hello(relay, this.lastSeq, this.incarnation)
  }

  /** The connection breaks: frames that were not read are gone. */
  disconnect(relay: Relay): void {
    if (this.#socket) relay.detach(this.#socket.session)
    this.#socket = undefined
  }

  /** The object lost its memory: the socket lives on, with what was saved in its attachment. */
  hibernate(relay: Relay): void {
    if (!this.#socket) return
    const { frames, saved } = this.#socket
    if (!saved) {
      this.#socket = undefined
      return
    }
    const woken = new TestSocket(relay, this.id, saved)
    woken.frames.unshift(...frames)
    this.#socket = woken
  }

  /** Reads up to `count` frames and takes what they bring. */
  read(count: number): void {
    const socket = this.#socket
    if (!socket) return
    const frames = socket.frames.slice(this.#read, this.#read + count)
    this.#read += frames.length
    for (const frame of frames) {
      if (frame.type === 'welcome') this.incarnation = frame.incarnation
      if (frame.type !== 'envelopes') continue
      for (const { seq, messageId } of frame.items) {
        // Gapless, or again what was delivered before.
        expect(seq).toBeLessThanOrEqual(this.lastSeq + 1)
        if (seq <= this.lastSeq) continue
        this.lastSeq = seq
        this.seqs.push(seq)
        this.application.push(messageId)
      }
    }
  }

  ack(relay: Relay): void {
    if (this.#socket?.session.greeted && this.lastSeq <= this.#socket.session.sentUpTo) {
      relay.acknowledge(this.#socket.session, { type: 'ack', upTo: this.lastSeq })
    }
  }
}

const device = fc.integer({ min: 0, max: 2 })
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('retry' as const), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('connect' as const), device }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('disconnect' as const), device }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('read' as const), device, count: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('ack' as const), device }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('evict' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('link' as const) }) },
)

describe('relay', () => {
  it('brings every accepted message to every device exactly once and in inbox order, through any interleaving', async () => {
    const alice = await testAccount()
    const upload = await prekeyUpload(alice.identity)
    const bob = { account: randomId(), device: 1 }
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const sql = nodeSql()
        let relay = relayFor(alice, sql)
        let list: DeviceList = alice.list
        const devices = [new ModelDevice(1)]
        const accepted: OutgoingMessage[] = []
        /** Accepted messages by device: those from when it was linked on. */
        const owed = new Map<number, string[]>([[1, []]])
        let now = 1_000
        const send = (message: OutgoingMessage) => {
          const outcome = relay.deposit(bob, [message], now)[0]
          expect(outcome?.kind).toBe('accepted')
        }
        for (const action of steps) {
          now += 10
          switch (action.do) {
            case 'send':
              for (let sent = 0; sent < action.count; sent += 1) {
                const message = messageFor(list, {}, 4)
                send(message)
                accepted.push(message)
                for (const waiting of owed.values()) waiting.push(message.messageId)
              }
              break
            case 'retry': {
              // The answer was lost: the same bytes again, also when the device list has moved on since.
              const again = accepted[action.pick % Math.max(1, accepted.length)]
              if (again) send(again)
              break
            }
            case 'connect':
              devices[action.device]?.connect(relay)
              break
            case 'disconnect':
              devices[action.device]?.disconnect(relay)
              break
            case 'read':
              devices[action.device]?.read(action.count)
              break
            case 'ack':
              devices[action.device]?.ack(relay)
              break
            case 'evict':
              relay = new Relay(sql)
              for (const one of devices) one.hibernate(relay)
              break
            case 'link': {
              if (devices.length >= 3) break
              const id = devices.length + 1
              const next = nextList(alice, list, [...list.devices, deviceRecord(id)])
              expect(relay.updateDeviceList(next.signed, [{ device: id, upload }], now, BY)).toMatchObject({ ok: true })
              list = next.list
              devices.push(new ModelDevice(id))
              owed.set(id, [])
              break
            }
          }
        }
        for (const one of devices) {
          one.connect(relay)
          for (let turn = 0; turn < 20; turn += 1) {
            one.read(100)
            one.ack(relay)
          }
          expect(one.application).toEqual(owed.get(one.id))
          expect(one.seqs).toEqual(one.seqs.map((_, at) => at + 1))
          expect(relay.inboxes.count(one.id)).toBe(0)
        }
      }),
      { numRuns: 150 },
    )
  })
})
