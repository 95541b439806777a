import { describe, expect, it } from 'vitest'
import type { TimelineItem } from '../engine/api.ts'
import { type ReadPage, readDownTo } from './read-down-to.ts'

const item = (order: number): TimelineItem => ({
  kind: 'message',
  id: `m${order}`,
  order,
  outgoing: false,
  at: order,
  state: 'received',
  content: { kind: 'text', body: '' },
})

/** An engine with messages 1 to `last`, of which one answer has at most `most`. */
function engineOf(last: number, most: number) {
  const asked: (number | undefined)[] = []
  const read: ReadPage = ({ before, limit }) => {
    asked.push(before)
    const end = Math.min(last, (before ?? Infinity) - 1)
    const start = Math.max(1, end - Math.min(limit, most) + 1)
    const items = Array.from({ length: Math.max(0, end - start + 1) }, (_, at) => item(start + at))
    return Promise.resolve({ items, more: start > 1 })
  }
  return { asked, read }
}
const orders = (items: readonly TimelineItem[]) => items.map(({ order }) => order)

describe('a window that is read anew', () => {
  it('reaches as far up as before, in pages', async () => {
    const { asked, read } = engineOf(2_000, 500)
    const { items, more } = await readDownTo(700, 500, read)
    expect(orders(items)).toEqual(Array.from({ length: 1_500 }, (_, at) => at + 501))
    expect([more, asked]).toEqual([true, [undefined, 1_501, 1_001]])
  })

  it('is one page when that reaches far enough, or nothing was held', async () => {
    const { asked, read } = engineOf(2_000, 500)
    await readDownTo(1_990, 60, read)
    await readDownTo(undefined, 60, read)
    expect(asked).toEqual([undefined, undefined])
  })

  it('stays where it was when it did not reach to the end', async () => {
    const { asked, read } = engineOf(2_000, 100)
    const { items, more } = await readDownTo(451, 100, read, 601)
    expect(orders(items)).toEqual(Array.from({ length: 200 }, (_, at) => at + 401))
    expect([more, asked]).toEqual([true, [601, 501]])
  })

  it('ends at the beginning, and where nothing more comes', async () => {
    const few = engineOf(40, 500)
    expect(orders((await readDownTo(1, 60, few.read)).items)).toHaveLength(40)
    const silent: ReadPage = ({ before }) =>
      Promise.resolve({ items: before === undefined ? [item(9)] : [], more: true })
    expect(orders((await readDownTo(1, 60, silent)).items)).toEqual([9])
  })
})
