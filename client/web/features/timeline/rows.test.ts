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
