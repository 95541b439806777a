import { expect, it } from 'vitest'
import { waitOf } from './slow-mode.ts'

it('the pause of slow mode runs from the own last message', () => {
  expect(waitOf(undefined, 60, 1_000_000)).toBe(0)
  expect(waitOf(1_000_000, 0, 1_000_000)).toBe(0)
  expect(waitOf(1_000_000, 60, 1_000_000)).toBe(60_000)
  expect(waitOf(1_000_000, 60, 1_045_000)).toBe(15_000)
  expect(waitOf(1_000_000, 60, 1_061_000)).toBe(0)
})

it('a clock that was set back makes the pause no longer than it is', () => {
  expect(waitOf(1_000_000, 60, 100_000)).toBe(60_000)
})
