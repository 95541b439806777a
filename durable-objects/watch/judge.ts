/** What comes of signals: a score for each subject, that decays, and what is done from which score on. */

import type { Signal } from '#db/audit/signals.ts'
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

/** `slowed`: may do little at a time. `blocked`: may do nothing, but what an owner needs to get out of it. */
export type Level = 'clear' | 'slowed' | 'blocked'

/** What somebody may do, and until when (milliseconds since the epoch; of no meaning when clear). */
export interface Verdict {
  readonly level: Level
  readonly until: number
}

export const CLEAR: Verdict = { level: 'clear', until: 0 }

/** What is known of a subject. */
export interface Standing extends Verdict {
  readonly score: number
  /** When the score was that. */
  readonly at: number
  /** Signals since the score was last next to nothing. */
  readonly because: readonly Signal[]
  /** Blocks of late. */
  readonly blocks: number
}

export interface Action {
  readonly to: Exclude<Level, 'clear'>
  readonly because: readonly Signal[]
  readonly until: number
  readonly minutes: number
  readonly blocks: number
}

/** Below it a score is forgotten, and with it what it came from. */
const NEGLIGIBLE = 0.5

/** A standing as it is at `now`. A clock that goes back changes nothing. */
export function standingAt(standing: Standing | undefined, now: number): Standing {
  if (standing === undefined) return { ...CLEAR, score: 0, at: now, because: [], blocks: 0 }
  const time = Math.max(now, standing.at)
  const score = standing.score * 2 ** ((standing.at - time) / HALF_LIFE_MS)
  const isOver = standing.until <= time
  return {
    score: score < NEGLIGIBLE ? 0 : score,
    at: time,
    because: score < NEGLIGIBLE && isOver ? [] : standing.because,
    level: isOver ? 'clear' : standing.level,
    until: standing.until,
    blocks: time - standing.until > BLOCK_REMEMBERED_MS ? 0 : standing.blocks,
  }
}

/** Whether a standing says nothing any more. */
export function isForgettable(standing: Standing, now: number): boolean {
  const { score, level, blocks } = standingAt(standing, now)
  return score === 0 && level === 'clear' && blocks === 0
}

/** The standing after `count` signals of a kind, and what is to be done now that was not done before. */
export function judge(
  before: Standing | undefined,
  { whose, signal, count }: { readonly whose: Whose; readonly signal: Signal; readonly count: number },
  now: number,
): { readonly standing: Standing; readonly action?: Action } {
  const present = standingAt(before, now)
  // Whoever is blocked can do nothing worse, and what was under way when the block came is no reason for another.
  if (present.level === 'blocked') return { standing: present }
  const because = present.because.includes(signal) ? present.because : [...present.because, signal]
  const score = present.score + WEIGHTS[signal][whose] * count
  if (score >= BLOCKED_AT) {
    const ms = Math.min(LONGEST_BLOCK_MS[whose], BLOCKED_FOR_MS * 2 ** Math.min(present.blocks, 10))
    const blocks = present.blocks + 1
    const until = present.at + ms
    // The next block takes as much again as lies between the two thresholds.
    const standing: Standing = { score: SLOWED_AT, at: present.at, because, level: 'blocked', until, blocks }
    return { standing, action: { to: 'blocked', because, until, minutes: Math.round(ms / 60_000), blocks } }
  }
  if (score < SLOWED_AT) return { standing: { ...present, score, because } }
  const until = present.at + SLOWED_FOR_MS
  const standing: Standing = { ...present, score, because, level: 'slowed', until }
  if (present.level === 'slowed') return { standing }
  const minutes = SLOWED_FOR_MS / 60_000
  return { standing, action: { to: 'slowed', because, until, minutes, blocks: present.blocks } }
}
