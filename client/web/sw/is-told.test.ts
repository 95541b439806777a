import { expect, it } from 'vitest'
import { isTold } from './is-told.ts'

const FALLBACK = 'messages'
const notice = (conversation: string, order: number) => ({
  tag: `conversation:${conversation}`,
  data: { conversation, order },
})

it('a push is told of by a new notice, not by those that were there before, nor by the one that stands in for pages', () => {
  const before = [notice('ada', 3), { tag: FALLBACK, data: { kind: 'push' } }]
  expect(isTold(before, before, FALLBACK)).toBe(false)
  expect(isTold([], [{ tag: FALLBACK, data: { kind: 'push' } }], FALLBACK)).toBe(false)
  expect(isTold(before, [], FALLBACK)).toBe(false)
  // A later message of the same conversation takes the place of its notice.
  expect(isTold(before, [notice('ada', 4)], FALLBACK)).toBe(true)
  expect(isTold(before, [...before, notice('ben', 1)], FALLBACK)).toBe(true)
  expect(isTold([], [notice('ben', 1)], FALLBACK)).toBe(true)
})
