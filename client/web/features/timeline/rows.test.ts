import { describe, expect, it } from 'vitest'
import { type MessageItem, GROUP_MS, rowsOf } from './rows.ts'

const START = new Date(2026, 10, 20, 12).getTime()
const message = (order: number, at: number, outgoing = false): MessageItem => ({
  kind: 'message',
  id: `m${order}`,
  order,
  outgoing,
  at,
  state: outgoing ? 'sent' : 'received',
  content: { kind: 'text', body: `${order}` },
})
const keys = (...parameters: Parameters<typeof rowsOf>) => rowsOf(...parameters).map(({ key }) => key)

describe('rows of a timeline', () => {
  it('keep their keys and their order when older items come', () => {
    const all = Array.from({ length: 60 }, (_, index) => message(index + 1, START + index * 3_600_000, index % 3 === 0))
    const newest = keys(all.slice(30), { more: true })
    for (const from of [20, 10, 1]) expect(keys(all.slice(from), { more: true }).slice(-newest.length)).toEqual(newest)
    expect(keys(all, { more: false }).slice(-newest.length)).toEqual(newest)
  })

  it('begin with the conversation and its first day once everything is loaded', () => {
    expect(keys([message(1, START)], { more: false })).toEqual(['start', 'd:m1', 'm:m1'])
    expect(keys([message(1, START)], { more: true })).toEqual(['m:m1'])
    expect(keys([], { more: false })).toEqual(['start'])
  })

  it('keep the messages of two members apart, and events between them', () => {
    const by = (order: number, account: string): MessageItem => ({
      ...message(order, START + order),
      author: { account },
    })
    const event = {
      kind: 'groupEvent',
      id: 'e',
      order: 4,
      at: START + 4,
      names: {},
      event: { event: 'missed' },
    } as const
    const rows = rowsOf([by(1, 'a'), by(2, 'a'), by(3, 'b'), event, by(5, 'b')], { more: true })
    expect(rows.map((row) => (row.row === 'message' ? [row.first, row.last] : row.row))).toEqual([
      [true, false],
      [false, true],
      [true, true],
      'event',
      [true, true],
    ])
  })

  it('say once who shared messages, where they begin, and begin nothing unread with them', () => {
    const shared = (order: number, account: string): MessageItem => ({
      ...message(order, START + order),
      author: { account: 'a' },
      sharedBy: { account },
    })
    const own: MessageItem = { ...message(5, START + 5), author: { account: 'a' } }
    const items = [shared(1, 'b'), shared(2, 'b'), shared(3, 'c'), own]
    const rows = rowsOf(items, { more: false, unreadAfter: 0 })
    expect(rows.map(({ key }) => key)).toEqual('start d:m1 s:m1 m:m1 m:m2 s:m3 m:m3 unread m:m5'.split(' '))
    expect(rows.map((row) => row.row === 'message' && [row.first, row.last]).filter(Boolean)).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ])
    // What stands before is not known: the line would have to go again.
    expect(keys(items.slice(1), { more: true })).toEqual(['m:m2', 's:m3', 'm:m3', 'm:m5'])
  })

  it('group one sender’s messages that stand close in time', () => {
    const rows = rowsOf(
      [message(1, START), message(2, START + 1), message(3, START + 2, true), message(4, START + 3 + GROUP_MS, true)],
      { more: true },
    )
    expect(rows.map((row) => row.row === 'message' && [row.first, row.last])).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ])
  })

  it('put one divider before the first unread message of the other side', () => {
    const items = [message(1, START), message(2, START, true), message(3, START), message(4, START)]
    expect(keys(items, { more: false, unreadAfter: 1, unreadCount: 2 })).toEqual([
      'start',
      'd:m1',
      'm:m1',
      'm:m2',
      'unread',
      'm:m3',
      'm:m4',
    ])
    expect(keys(items.slice(2), { more: true, unreadAfter: 1, unreadCount: 5 })).not.toContain('unread')
  })
})
