import { describe, expect, it } from 'vitest'
import { mayBecome } from './conversations.ts'
import type { QueueEntry } from './outbox.ts'
import { SEND_WINDOW, planSends } from './send-plan.ts'

const TIMEOUT = 15_000

function entry(order: number, to: string, known: Partial<QueueEntry> = {}): QueueEntry {
  const item = { wireId: String(order), to, content: null }
  return { order, item, sentAt: undefined, notBefore: 0, failures: 0, ...known }
}

function plan(entries: QueueEntry[], probing: string[] = [], held: string[] = [], now = 1_000) {
  const { send, wakeAt } = planSends(entries, new Set(probing), (to) => held.includes(to), TIMEOUT, now)
  return { orders: send.map(({ order }) => order), wakeAt }
}

describe('what is sent next', () => {
  it('goes in queue order, and no more than the window', () => {
    const many = Array.from({ length: 40 }, (_, order) => entry(order, 'a'))
    expect(plan(many).orders).toEqual(Array.from({ length: SEND_WINDOW }, (_, order) => order))
    const half = many.map((one, at) => (at < 10 ? entry(at, 'a', { sentAt: 999 }) : one))
    expect(plan(half).orders).toEqual([10, 11, 12, 13, 14, 15])
  })

  it('one that waits keeps those behind it for the same recipient, and nobody else', () => {
    const entries = [entry(1, 'a', { notBefore: 5_000 }), entry(2, 'a'), entry(3, 'b')]
    expect(plan(entries)).toEqual({ orders: [3], wakeAt: 5_000 })
  })

  it('while one asks for a recipient’s devices, no other goes there', () => {
    expect(plan([entry(1, 'a', { sentAt: 999 }), entry(2, 'a'), entry(3, 'b')], ['a']).orders).toEqual([3])
  })

  it('nothing goes to an account whose identity waits for the user', () => {
    expect(plan([entry(1, 'a'), entry(2, 'b')], [], ['a']).orders).toEqual([2])
  })

  it('one without an answer goes again after the time-out', () => {
    const unanswered = [entry(1, 'a', { sentAt: 1_000 })]
    expect(plan(unanswered)).toEqual({ orders: [], wakeAt: 1_000 + TIMEOUT })
    expect(plan(unanswered, ['a'], [], 1_000 + TIMEOUT).orders).toEqual([1])
  })
})

describe('the state of a message', () => {
  it('only moves forward', () => {
    expect(mayBecome('queued', 'sent')).toBe(true)
    expect(mayBecome('sent', 'read')).toBe(true)
    expect(mayBecome('read', 'delivered')).toBe(false)
    expect(mayBecome('delivered', 'failed')).toBe(false)
    expect(mayBecome('failed', 'queued')).toBe(true)
  })
})
