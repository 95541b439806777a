import { expect, it } from 'vitest'
import { newRestarts } from './restart.ts'

it('waits twice as long after each death in a row, and never longer than half a minute', () => {
  const restarts = newRestarts()
  const delays = Array.from({ length: 10 }, () => restarts.delayAfter(0, 1_000))
  expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
})

it('forgives earlier deaths after a minute of life', () => {
  const restarts = newRestarts()
  restarts.delayAfter(0, 1_000)
  restarts.delayAfter(0, 1_000)
  expect(restarts.delayAfter(0, 60_000)).toBe(250)
})
