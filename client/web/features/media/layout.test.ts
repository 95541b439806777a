import { expect, it } from 'vitest'
import { boxOf, heightOf } from './layout.ts'

it('a picture keeps its shape within bounds, whatever it says of itself', () => {
  expect(boxOf({ width: 4_000, height: 3_000 })).toEqual({ width: 272, height: 204 })
  expect(boxOf({ width: 300, height: 600 })).toEqual({ width: 160, height: 320 })
  for (const sides of [{ width: 32_767, height: 1 }, { width: 1, height: 32_767 }, {}]) {
    const { width, height } = boxOf(sides)
    expect(Math.min(width, height)).toBeGreaterThanOrEqual(96)
    expect([width <= 272, height <= 320]).toEqual([true, true])
  }
})

it('the room that files take is known before they are here', () => {
  const picture = { view: 'picture', type: 'image/webp', size: 1, width: 4, height: 3 } as const
  const file = { view: 'file', type: 'text/plain', size: 1 } as const
  expect(heightOf([picture])).toBe(204)
  expect(heightOf([picture, picture, picture])).toBe(2 * 138)
  expect(heightOf([file, file])).toBe(120)
})
