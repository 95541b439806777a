import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Rate, left, takeFrom } from './bucket.ts'

const RATE: Rate = { burst: 5, everyMs: 100 }

/** Takes at each of these times; answers which were allowed. */
function taken(times: readonly number[], rate: Rate, cost = 1): boolean[] {
  let fullAt: number | undefined
  return times.map((now) => {
    const result = takeFrom(fullAt, rate, now, cost)
    fullAt = result.fullAt
    return result.allowed
  })
}

describe('a token bucket', () => {
  it('gives its burst at once, and then one in each interval', () => {
    const times = [0, 0, 0, 0, 0, 0, 99, 100, 100, 200]
    expect(times.filter((_, at) => taken(times, RATE)[at])).toEqual([0, 0, 0, 0, 0, 100, 200])
    expect(taken(times, RATE).slice(5, 9)).toEqual([false, false, true, false])
  })

  it('never gives more than burst and refill in any span of time', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 250 }), { maxLength: 60 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 3 }), (pauses, cost) => {
        const times = pauses.map((_, at) => pauses.slice(0, at + 1).reduce((sum, pause) => sum + pause, 0))
        const allowed = times.filter((_, at) => taken(times, RATE, cost)[at])
        for (const [first, start] of allowed.entries()) {
          for (const [last, end] of allowed.entries()) {
            if (last < first) continue
            const most = RATE.burst + (end - start) / RATE.everyMs
            expect((last - first + 1) * cost).toBeLessThanOrEqual(most)
          }
        }
      }),
    )
  })

  it('says when to come back, and is right', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 1, max: 5 }), (ahead, cost) => {
        const now = 10_000
        const result = takeFrom(now + Math.min(ahead, 500), RATE, now, cost)
        if (result.allowed) return
        expect(takeFrom(result.fullAt, RATE, now + result.retryAfterMs, cost).allowed).toBe(true)
        expect(takeFrom(result.fullAt, RATE, now + result.retryAfterMs - 1, cost).allowed).toBe(false)
      }),
    )
  })

  it('is neither filled nor shut for good by a clock that goes back', () => {
    const now = 1_000_000
    let fullAt = takeFrom(undefined, RATE, now, 5).fullAt
    const back = takeFrom(fullAt, RATE, now - 900_000)
    expect(back.allowed).toBe(false)
    fullAt = back.fullAt
    expect(takeFrom(fullAt, RATE, now - 900_000 + 100).allowed).toBe(true)
  })

  it('tells what is left', () => {
    expect(left(undefined, RATE, 0)).toBe(5)
    expect(left(500, RATE, 0)).toBe(0)
    expect(left(450, RATE, 100)).toBe(1)
    expect(left(50, RATE, 100)).toBe(5)
  })
})
