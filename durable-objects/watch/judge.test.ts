import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SIGNALS, type Signal } from '#db/audit/signals.ts'
import { type Action, type Standing, isForgettable, judge, standingAt } from './judge.ts'
import {
  BLOCKED_AT,
  BLOCKED_FOR_MS,
  BLOCK_REMEMBERED_MS,
  HALF_LIFE_MS,
  LONGEST_BLOCK_MS,
  SLOWED_AT,
  SLOWED_FOR_MS,
  WEIGHTS,
  type Whose,
} from './weights.ts'

const NOW = 1_000_000_000
const MINUTE = 60_000

interface Step {
  readonly at: number
  readonly count?: number
  readonly signal?: Signal
}

/** Plays steps of one subject; answers where it stands, and what was done at each step. */
function play(
  whose: Whose,
  steps: readonly Step[],
): { standing: Standing | undefined; actions: (Action | undefined)[] } {
  let standing: Standing | undefined
  const actions = steps.map(({ at, count = 1, signal = 'authFailure' }) => {
    const judged = judge(standing, { whose, signal, count }, at)
    standing = judged.standing
    return judged.action
  })
  return { standing, actions }
}

const done = (actions: readonly (Action | undefined)[]) => actions.map((action) => action?.to ?? '')

describe('a score', () => {
  it('rises by the weight of each signal, and falls to a half in ten minutes', () => {
    const { standing } = play('address', [{ at: NOW, count: 40 }])
    expect(standing).toMatchObject({ score: 40, level: 'clear', because: ['authFailure'] })
    expect(standingAt(standing, NOW + HALF_LIFE_MS).score).toBeCloseTo(20)
    expect(standingAt(standing, NOW + 3 * HALF_LIFE_MS).score).toBeCloseTo(5)
    expect(standingAt(standing, NOW + 8 * HALF_LIFE_MS)).toMatchObject({ score: 0, because: [] })
  })

  it('slows at one threshold and blocks at the next, each told once', () => {
    const steps = Array.from({ length: 120 }, (_, at) => ({ at: NOW + at }))
    const { standing, actions } = play('address', steps)
    expect(done(actions).flatMap((to, at) => (to === '' ? [] : [[at + 1, to]]))).toEqual([
      [SLOWED_AT + 1, 'slowed'],
      [BLOCKED_AT + 1, 'blocked'],
    ])
    expect(standing).toMatchObject({ level: 'blocked', blocks: 1 })
  })

  it('counts nothing while it is blocked, so that what was under way does not make it longer', () => {
    const [first, ...later] = [
      { at: NOW, count: 200 },
      ...Array.from({ length: 50 }, () => ({ at: NOW + 1, count: 99 })),
    ]
    const { standing, actions } = play('account', [first ?? { at: 0 }, ...later])
    expect(done(actions).filter(Boolean)).toEqual(['blocked'])
    expect(standing?.until).toBe(NOW + BLOCKED_FOR_MS)
    expect(standingAt(standing, NOW + BLOCKED_FOR_MS - 1).level).toBe('blocked')
    expect(standingAt(standing, NOW + BLOCKED_FOR_MS).level).toBe('clear')
  })

  it('doubles the time of each further block, up to a bound, until a day passed without', () => {
    for (const whose of ['account', 'address'] as const) {
      let at = NOW
      let standing: Standing | undefined
      const lengths: number[] = []
      for (let turn = 0; turn < 9; turn += 1) {
        const judged = judge(standing, { whose, signal: 'authFailure', count: 100 }, at)
        standing = judged.standing
        lengths.push(standing.until - at)
        expect(judged.action).toMatchObject({ blocks: turn + 1, minutes: (standing.until - at) / MINUTE })
        at = standing.until
      }
      const longest = LONGEST_BLOCK_MS[whose]
      expect(lengths).toEqual(lengths.map((_, turn) => Math.min(longest, BLOCKED_FOR_MS * 2 ** turn)))
      expect(lengths.at(-1)).toBe(longest)
      expect(
        judge(standing, { whose, signal: 'authFailure', count: 100 }, at + BLOCK_REMEMBERED_MS + 1).action,
      ).toMatchObject({ blocks: 1 })
    }
  })

  it('slows for ten minutes from the last signal, and says so once', () => {
    const { standing, actions } = play('account', [
      { at: NOW, count: 60 },
      { at: NOW + MINUTE },
      { at: NOW + 2 * MINUTE, count: 10 },
    ])
    expect(done(actions)).toEqual(['slowed', '', ''])
    expect(standingAt(standing, NOW + 2 * MINUTE + SLOWED_FOR_MS - 1).level).toBe('slowed')
    expect(standingAt(standing, NOW + 2 * MINUTE + SLOWED_FOR_MS).level).toBe('clear')
  })

  it('is neither raised nor lifted by a clock that goes back', () => {
    const { standing } = play('account', [{ at: NOW, count: 200 }])
    expect(standingAt(standing, NOW - 10 * MINUTE)).toMatchObject({ level: 'blocked', score: SLOWED_AT })
    const { standing: slow } = play('account', [{ at: NOW, count: 20 }])
    expect(standingAt(slow, NOW - 100 * HALF_LIFE_MS).score).toBe(20)
  })

  it('names every kind of signal that it came from, and forgets all of it in the end', () => {
    const { standing } = play(
      'account',
      SIGNALS.map((signal) => ({ at: NOW, signal })),
    )
    expect(standing?.because).toEqual([...SIGNALS])
    expect(isForgettable(standing as Standing, NOW)).toBe(false)
    expect(isForgettable(standing as Standing, NOW + BLOCK_REMEMBERED_MS + 20 * HALF_LIFE_MS)).toBe(true)
  })
})

describe('who is behind an address', () => {
  it('is not blocked for what honest devices do all at once', () => {
    // 3,000 devices of a school come back after an outage, and are refused twice each within ten minutes.
    const flood = Array.from({ length: 600 }, (_, second) => ({
      at: NOW + second * 1_000,
      count: 10,
      signal: 'flood' as const,
    }))
    expect(done(play('address', flood).actions)).not.toContain('blocked')
    // The same number of clients finds its tokens void, over an hour, since the secret was changed.
    const stale = Array.from({ length: 300 }, (_, at) => ({ at: NOW + at * 2_000, signal: 'tokenMisuse' as const }))
    expect(done(play('address', stale).actions)).not.toContain('blocked')
  })

  it('is blocked for what nobody does by accident', () => {
    const guessing = Array.from({ length: 240 }, (_, at) => ({ at: NOW + at * 500 }))
    expect(done(play('address', guessing).actions)).toContain('blocked')
    const flood = Array.from({ length: 30 }, (_, second) => ({
      at: NOW + second * 1_000,
      count: 1_000,
      signal: 'flood' as const,
    }))
    expect(done(play('address', flood).actions)).toContain('blocked')
  })

  it('guesses usernames at full speed for less than a quarter of an hour', () => {
    const guesses = Array.from({ length: 15 * 15 }, (_, at) => ({
      at: NOW + at * 4_000,
      signal: 'enumeration' as const,
    }))
    expect(done(play('account', guesses).actions)).toContain('blocked')
    const some = Array.from({ length: 40 }, (_, at) => ({ at: NOW + at * 20_000, signal: 'enumeration' as const }))
    expect(done(play('account', some).actions).filter(Boolean)).toEqual([])
  })
})

it('whatever happens, a score is within bounds, a block has an end, and an action follows a rise only', () => {
  const step = fc.record({
    pause: fc.integer({ min: -MINUTE, max: 60 * MINUTE }),
    count: fc.integer({ min: 1, max: 300 }),
    signal: fc.constantFrom(...SIGNALS),
  })
  fc.assert(
    fc.property(
      fc.constantFrom('account' as const, 'address' as const),
      fc.array(step, { maxLength: 40 }),
      (whose, steps) => {
        let now = NOW
        let standing: Standing | undefined
        for (const { pause, count, signal } of steps) {
          now += pause
          const before = standingAt(standing, now)
          const judged = judge(standing, { whose, signal, count }, now)
          standing = judged.standing
          expect(standing.score).toBeGreaterThanOrEqual(0)
          expect(standing.score).toBeLessThan(BLOCKED_AT)
          expect(standing.at).toBeGreaterThanOrEqual(before.at)
          if (standing.level === 'blocked') {
            expect(standing.until - standing.at).toBeLessThanOrEqual(LONGEST_BLOCK_MS[whose])
          }
          if (judged.action === undefined)
            expect(standing.level === before.level || standing.level === 'clear').toBe(true)
          else {
            expect(before.score + WEIGHTS[signal][whose] * count).toBeGreaterThanOrEqual(SLOWED_AT)
            expect(judged.action.to).toBe(standing.level)
            expect(before.level).not.toBe(judged.action.to)
          }
        }
      },
    ),
  )
})
