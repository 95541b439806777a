import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TimelineItem } from '../engine/api.ts'
import {
  type TimelineWindow,
  rereadOf,
  windowAround,
  windowOf,
  withItems,
  withNewer,
  withOlder,
  withState,
  withTimers,
  withoutItems,
  withoutNotice,
} from './timeline-window.ts'

const message = (order: number, body = `text ${order}`): TimelineItem => ({
  kind: 'message',
  id: `m${order}`,
  order,
  outgoing: false,
  at: order,
  state: 'delivered',
  content: { kind: 'text', body },
})
const notice = (order: number): TimelineItem => ({
  kind: 'notice',
  id: `n${order}`,
  order,
  at: order,
  notice: 'identityChanged',
})
const ids = (window: TimelineWindow) => window.items.map((item) => item.id)

describe('a window of a timeline', () => {
  it('holds each item once and in order, however pages and events overlap', () => {
    const batches = fc.array(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 8 }), { maxLength: 12 })
    fc.assert(
      fc.property(batches, (orders) => {
        const all = orders.map((batch) => [...new Set(batch)].map((order) => message(order)))
        const window = all.reduce((now, items) => withItems(now, items), windowOf({ items: [], more: false }))
        const expected = [...new Set(orders.flat())].sort((a, b) => a - b).map((order) => `m${order}`)
        expect(ids(window)).toEqual(expected)
      }),
    )
  })

  it('is read anew where it stands: whoever reads far up after a jump is not taken to the end', () => {
    const page = { items: [message(40), message(41), message(45)], more: true }
    expect(rereadOf(windowAround(page, true), 'here')).toEqual({ from: 40, before: 46 })
    expect(rereadOf(windowAround(page, true), 'end')).toEqual({ from: undefined, before: undefined })
    expect(rereadOf(windowOf(page), 'here')).toEqual({ from: 40, before: undefined })
    // Of a run that has disappeared as a whole there is no place any more.
    expect(rereadOf(windowAround({ items: [], more: true }, true), 'here').before).toBeUndefined()
  })

  it('puts a notice after the message of its order', () => {
    const window = windowOf({ items: [notice(2), message(3), message(2)], more: false })
    expect(ids(window)).toEqual(['m2', 'n2', 'm3'])
    expect(ids(withItems(windowOf({ items: [message(2), message(3)], more: false }), [notice(2)]))).toEqual([
      'm2',
      'n2',
      'm3',
    ])
  })

  it('leaves out what is older than itself while there are older pages to read', () => {
    const window = windowOf({ items: [message(10), message(11)], more: true })
    expect(withItems(window, [message(4)])).toBe(window)
    expect(ids(withItems(window, [message(4), message(12)]))).toEqual(['m10', 'm11', 'm12'])
  })

  it('takes an older page in front, without what it has already', () => {
    const window = windowOf({ items: [message(10)], more: true })
    const longer = withOlder(window, { items: [message(8), message(9), message(10)], more: false })
    expect(ids(longer)).toEqual(['m8', 'm9', 'm10'])
    expect(longer.more).toBe(false)
  })

  it('takes a new version of an item in its place', () => {
    const window = withItems(windowOf({ items: [message(1), message(2)], more: false }), [message(1, 'other')])
    expect(window.items[0]).toEqual(message(1, 'other'))
    expect(ids(window)).toEqual(['m1', 'm2'])
  })

  it('loses a notice that is true no more, and no message of its id', () => {
    const window = windowOf({ items: [message(1), notice(1), message(2)], more: false })
    expect(ids(withoutNotice(window, 'n1'))).toEqual(['m1', 'm2'])
    expect(withoutNotice(window, 'm1')).toBe(window)
  })

  it('forgets a failure with the state that follows it', () => {
    const window = windowOf({ items: [message(1)], more: false })
    const failed = withState(window, 'm1', 'failed', 'quotaExceeded')
    expect(failed.items[0]).toMatchObject({ state: 'failed', failure: 'quotaExceeded' })
    expect(withState(failed, 'm1', 'queued', undefined).items[0]).not.toHaveProperty('failure')
  })

  it('is the same window after a state of a message that it does not hold', () => {
    const window = windowOf({ items: [message(1)], more: true })
    expect(withState(window, 'm9', 'read', undefined)).toBe(window)
  })

  it('loses messages that disappear, and nothing else; what is told of others changes nothing', () => {
    const window = windowOf({ items: [message(1), message(2), notice(2), message(3)], more: true })
    expect(ids(withoutItems(window, ['m2', 'n2', 'm9']))).toEqual(['m1', 'n2', 'm3'])
    expect(withoutItems(window, ['m9'])).toBe(window)
    const timed = withTimers(window, [{ id: 'm3', expiresAt: 7 }])
    expect(timed.items.map((item) => (item.kind === 'message' ? item.expiresAt : 'none'))).toEqual([
      undefined,
      undefined,
      'none',
      7,
    ])
    expect(withTimers(window, [{ id: 'm9', expiresAt: 7 }])).toBe(window)
  })

  it('that does not reach to the end takes newer pages behind, and no new message before those are read', () => {
    const window = windowAround({ items: [message(4), message(5)], more: true }, true)
    expect(ids(withItems(window, [message(5, 'changed'), message(9)]))).toEqual(['m4', 'm5'])
    const next = withNewer(window, { items: [message(5), message(6), message(7)], more: true }, true)
    expect(ids(next)).toEqual(['m4', 'm5', 'm6', 'm7'])
    const whole = withNewer(next, { items: [message(8)], more: true }, false)
    expect(ids(withItems(whole, [message(9)]))).toEqual(['m4', 'm5', 'm6', 'm7', 'm8', 'm9'])
  })

  it('CT-9: shows what is quoted as it is now, and nothing of what is gone', () => {
    const quote = { id: 'm1', author: { account: 'ada' }, order: 1, text: { body: 'text 1' } }
    const answer: TimelineItem = { ...(message(2) as Extract<TimelineItem, { kind: 'message' }>), quote }
    const window = windowOf({ items: [message(1), answer], more: false })
    const quoteIn = ({ items }: TimelineWindow) =>
      items.flatMap((item) => (item.kind === 'message' ? (item.quote ?? []) : []))
    expect(quoteIn(withItems(window, [message(1, 'other words')]))).toMatchObject([{ text: { body: 'other words' } }])
    const items = [
      { view: 'voice', type: 'audio/webm', size: 5, duration: 900 },
      { view: 'file', type: 'text/plain', size: 6, name: 'b.txt' },
    ] as const
    const files: TimelineItem = {
      ...(message(1) as Extract<TimelineItem, { kind: 'message' }>),
      content: { kind: 'media', items, body: 'two files' },
    }
    expect(quoteIn(withItems(window, [files]))).toEqual([
      { ...quote, text: { body: 'two files' }, file: { view: 'voice', duration: 900, count: 2 } },
    ])
    const deleted: TimelineItem = {
      ...(message(1) as Extract<TimelineItem, { kind: 'message' }>),
      content: { kind: 'deleted', by: 'ada' },
    }
    const [after] = quoteIn(withItems(window, [deleted]))
    expect(after).toEqual({ id: 'm1', author: { account: 'ada' }, order: 1, deleted: true })
    expect(quoteIn(withoutItems(window, ['m1']))).toEqual([{ id: 'm1', author: { account: 'ada' } }])
  })
})
