import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { EngineEvent, TimelineItem } from '../api.ts'
import { EventBatch, TICK_MS } from './event-batch.ts'

const item = (order: number): TimelineItem => ({
  kind: 'message',
  id: `m${order}`,
  order,
  outgoing: true,
  at: 0,
  state: 'queued',
  content: { kind: 'text', body: 'x' },
})
const items = (...orders: number[]): EngineEvent => ({ type: 'items', conversation: 'c', items: orders.map(item) })
const state = (id: string, to: 'sent' | 'read'): EngineEvent => ({
  type: 'messageState',
  conversation: 'c',
  id,
  state: to,
})

describe('a batch of events', () => {
  let delivered: (readonly EngineEvent[])[] = []
  let batch = new EventBatch((events) => delivered.push(events))
  beforeEach(() => {
    vi.useFakeTimers()
    delivered = []
    batch = new EventBatch((events) => delivered.push(events))
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is one post for ten thousand messages of one tick', () => {
    for (let order = 1; order <= 10_000; order += 1) batch.add(items(order))
    expect(delivered).toEqual([])
    vi.advanceTimersByTime(TICK_MS)
    expect(delivered).toHaveLength(1)
    expect(delivered[0]).toHaveLength(1)
    const [event] = delivered[0] ?? []
    expect(event?.type === 'items' && event.items.map(({ order }) => order)).toEqual(
      Array.from({ length: 10_000 }, (_, at) => at + 1),
    )
  })

  it('goes out at once after a pause, and not sooner than a tick after the one before', () => {
    batch.add(items(1))
    vi.advanceTimersByTime(0)
    expect(delivered).toEqual([[items(1)]])
    batch.add(items(2))
    vi.advanceTimersByTime(TICK_MS - 1)
    expect(delivered).toHaveLength(1)
    vi.advanceTimersByTime(1)
    expect(delivered).toEqual([[items(1)], [items(2)]])
  })

  it('says of each thing what was said last, and of a message only after it', () => {
    batch.add(items(1))
    batch.add(state('m1', 'sent'))
    batch.add({ type: 'typing', conversation: 'c', typists: [{ account: 'c' }] })
    batch.add(items(2))
    batch.add({ type: 'typing', conversation: 'c', typists: [] })
    batch.add(state('m1', 'read'))
    batch.flush()
    expect(delivered).toEqual([[items(1, 2), { type: 'typing', conversation: 'c', typists: [] }, state('m1', 'read')]])
  })

  it('leaves the lists of its callers alone', () => {
    const first = items(1)
    batch.add(first)
    batch.add(items(2))
    expect(first).toEqual(items(1))
  })

  it('delivers nothing when there is nothing, or it was forgotten', () => {
    batch.flush()
    batch.add(items(1))
    batch.clear()
    vi.advanceTimersByTime(TICK_MS)
    expect(delivered).toEqual([])
  })
})
