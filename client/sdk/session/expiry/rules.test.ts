import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '#protocol/limits.ts'
import {
  CLOCK_SLACK_MS,
  LONGEST_WAIT_MS,
  begunAgain,
  beginningOf,
  dueAt,
  timerOf,
  waitFor,
  wasSetBack,
} from './rules.ts'

const moment = fc.integer({ min: 0, max: 4_000_000_000_000 })
const timer = fc.integer({ min: 1, max: LIMITS.timerSeconds })

describe('when messages disappear', () => {
  it('a timer is a whole number of seconds within its limit, of content of any kind', () => {
    expect(timerOf({ kind: 'text', body: 'x', timer: 60 })).toBe(60)
    expect(timerOf({ kind: 'poll', question: 'x', timer: LIMITS.timerSeconds })).toBe(LIMITS.timerSeconds)
    for (const none of [0, -1, 1.5, '60', null, LIMITS.timerSeconds + 1, Number.NaN, Infinity]) {
      expect(timerOf({ kind: 'text', body: 'x', timer: none })).toBeUndefined()
    }
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const found = timerOf(json)
        expect(found === undefined || JSON.stringify(json).includes(`"timer":${found}`)).toBe(true)
      }),
    )
  })

  it('no timer begins in the future, and none later than now, whatever another device says', () => {
    fc.assert(
      fc.property(fc.option(moment, { nil: undefined }), moment, moment, (told, at, now) => {
        const start = beginningOf(told, at, now)
        expect(start).toBeLessThanOrEqual(now)
        if (at <= now) expect(start).toBeGreaterThanOrEqual(at)
      }),
    )
  })

  it('after it is noticed that the clock was set back, nothing lives longer than its timer, and nothing begins anew twice', () => {
    fc.assert(
      fc.property(moment, timer, moment, (startedAt, seconds, now) => {
        const again = begunAgain(startedAt, now)
        expect(dueAt({ timer: seconds, startedAt: again })).toBeLessThanOrEqual(now + seconds * 1_000)
        expect(begunAgain(again, now)).toBe(again)
      }),
    )
  })

  it('a clock that is put right by a little was not set back', () => {
    expect(wasSetBack(CLOCK_SLACK_MS, 0)).toBe(false)
    expect(wasSetBack(CLOCK_SLACK_MS + 1, 0)).toBe(true)
  })

  it('is waited for no longer than platforms can, and not for what is over', () => {
    fc.assert(
      fc.property(moment, moment, (due, now) => {
        const wait = waitFor(due, now)
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(LONGEST_WAIT_MS)
        expect(wait === LONGEST_WAIT_MS || now + wait === Math.max(due, now)).toBe(true)
      }),
    )
  })
})
