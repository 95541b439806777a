import { expect, it } from 'vitest'
import { type Echo, unconfirmed, withEchoes } from './echoes.ts'

const message = (id: string, order: number): Echo => ({
  kind: 'message',
  id,
  order,
  outgoing: true,
  at: 0,
  state: 'queued',
  content: { kind: 'text', body: id },
})

it('an echo goes when the engine has its message, and others stay as they are', () => {
  const echoes = [message('a', 0), message('b', 0)]
  expect(unconfirmed(echoes, [message('b', 7)])).toEqual([message('a', 0)])
  expect(unconfirmed(echoes, [message('c', 7)])).toBe(echoes)
  expect(unconfirmed([], [message('c', 7)])).toEqual([])
})

it('echoes stand at the end as they were written, with orders that the engine never gives', () => {
  const shown = withEchoes([message('x', 4), message('y', 5)], [message('b', 0), message('a', 0)])
  expect(shown.map(({ id }) => id)).toEqual(['x', 'y', 'b', 'a'])
  const orders = shown.map(({ order }) => order)
  expect(orders).toEqual([...new Set(orders)].sort((a, b) => a - b))
  expect(orders.slice(2).every((order) => order > 5 && order < 6)).toBe(true)
})

it('without echoes nothing is copied', () => {
  const items = [message('x', 4)]
  expect(withEchoes(items, [])).toBe(items)
})
