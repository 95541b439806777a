import { describe, expect, it } from 'vitest'
import { isShown } from './is-shown.ts'
import { isQuiet } from './notification-settings.ts'

const at = (hours: number, minutes = 0) => new Date(2026, 2, 12, hours, minutes)
const hour = (hours: number) => hours * 60

describe('quiet hours', () => {
  it('begin with their first minute and end before their last', () => {
    const quiet = { from: hour(13), to: hour(14) }
    expect([at(12, 59), at(13), at(13, 59), at(14)].map((time) => isQuiet(quiet, time))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })

  it('go on past midnight', () => {
    const quiet = { from: hour(22), to: hour(7) }
    expect([at(21, 59), at(22), at(0), at(6, 59), at(7)].map((time) => isQuiet(quiet, time))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ])
  })

  it('are the whole day where they end when they begin', () => {
    expect([at(8), at(20)].map((time) => isQuiet({ from: hour(9), to: hour(9) }, time))).toEqual([true, true])
  })
})

describe('a notification', () => {
  const settings = { shown: true, content: 'sender' } as const
  const situation = { settings, now: at(12), isLookedAt: false, shown: [] }

  it('is shown where it is wanted and nobody looks', () => {
    expect(isShown(1, situation)).toBe(true)
    expect(isShown(1, { ...situation, settings: { ...settings, shown: false } })).toBe(false)
    expect(isShown(1, { ...situation, isLookedAt: true })).toBe(false)
    expect(isShown(1, { ...situation, settings: { ...settings, quiet: { from: hour(11), to: hour(13) } } })).toBe(false)
  })

  it('is shown once, whoever tells of the message, and again for a later one', () => {
    const of = (order: number) => ({ conversation: 'AAAAAAAAAAAAAAAAAAAAAA', order })
    expect(isShown(5, { ...situation, shown: [of(5)] })).toBe(false)
    expect(isShown(5, { ...situation, shown: [of(6)] })).toBe(false)
    expect(isShown(6, { ...situation, shown: [of(5)] })).toBe(true)
    // Of another build, or not ours at all.
    expect(isShown(6, { ...situation, shown: [null, 'x', { order: 9 }] })).toBe(true)
  })
})
