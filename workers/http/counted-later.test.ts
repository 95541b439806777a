import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Rate, takeFrom } from '#durable-objects/rates/bucket.ts'
import { CountedLater } from './counted-later.ts'

const RATE: Rate = { burst: 20, everyMs: 100 }
const KEY = 'rate:who'
const AFTER = 250

/** One isolate before one bucket, in simulated time. */
class Edge {
  passed = 0
  takes = 0
  readonly #behind = new CountedLater()
  #fullAt: number | undefined
  #due = Infinity

  ask(cost: number, now: number): boolean {
    this.#run(now)
    const { allowed } = this.#behind.judge(KEY, RATE, cost, now)
    if (!allowed) {
      if (this.#behind.isOverdue(KEY, now)) this.#due = now + AFTER
      return false
    }
    this.passed += cost
    if (this.#behind.add(KEY, cost)) this.#due = now + AFTER
    return true
  }

  #run(now: number): void {
    if (this.#due > now) return
    const cost = this.#behind.take(KEY, RATE)
    const { fullAt, ...taken } = takeFrom(this.#fullAt, RATE, this.#due, cost)
    this.#fullAt = fullAt
    this.#behind.settle(KEY, cost, taken, this.#due)
    this.takes += 1
    this.#due = Infinity
  }
}

describe('what is counted after it was let through', () => {
  it('is never more than a burst beyond what the rate allows, whoever asks how', () => {
    const asks = fc.array(
      fc.record({ cost: fc.integer({ min: 1, max: 20 }), wait: fc.integer({ min: 0, max: 400 }) }),
      {
        minLength: 50,
        maxLength: 400,
      },
    )
    fc.assert(
      fc.property(asks, (all) => {
        const edge = new Edge()
        let now = 1_000_000
        const start = now
        for (const { cost, wait } of all) {
          now += wait
          edge.ask(cost, now)
        }
        expect(edge.passed).toBeLessThanOrEqual(2 * RATE.burst + (now - start) / RATE.everyMs)
      }),
    )
  })

  it('is paid for also by who always asks for a little more than is left', () => {
    const edge = new Edge()
    const end = 60_000
    for (let now = 0; now < end; now += 10) for (let cost = RATE.burst; cost > 0; cost -= 1) edge.ask(cost, now)
    expect(edge.passed).toBeLessThanOrEqual(2 * RATE.burst + end / RATE.everyMs)
  })

  it('lets through again, in a while, whoever flooded by whole bursts and keeps to the rate then', () => {
    const edge = new Edge()
    for (let now = 0; now < 10_000; now += 10) edge.ask(RATE.burst, now)
    const before = edge.passed
    for (let now = 10_000; now < 40_000; now += 1_000) edge.ask(1, now)
    expect(edge.passed - before).toBeGreaterThan(15)
  })

  it('is counted once for all that comes meanwhile, and refuses nobody who keeps to the rate', () => {
    const edge = new Edge()
    let refused = 0
    for (let now = 0; now < 60_000; now += RATE.everyMs) if (!edge.ask(1, now)) refused += 1
    expect(refused).toBe(0)
    expect(edge.takes).toBeLessThan(600 / 2)
  })

  it('does not pass a burst before the first count, and says when to come back', () => {
    const behind = new CountedLater()
    expect(behind.judge(KEY, RATE, 20, 0)).toEqual({ allowed: true })
    expect(behind.add(KEY, 20)).toBe(true)
    expect(behind.judge(KEY, RATE, 1, 0)).toEqual({ allowed: false, retryAfterMs: 100 })
    expect(behind.add(KEY, 0)).toBe(false)
    expect(behind.judge('rate:else', RATE, 1, 0)).toEqual({ allowed: true })
  })
})
