/** What the figures are held against. */

import type { Figures } from './rounds.ts'
import { type Spread, spread } from './statistics.ts'

export interface Measure {
  readonly name: string
  readonly unit: string
  readonly floor?: Spread
  readonly value: Spread
  /** Over the floor of the same round: what slows a round of one slows its neighbour too. */
  readonly ratio?: Spread
  readonly goal?: string
  readonly met?: boolean
}

/** At most, or at least, of the ratio or of the figure itself. */
export interface Goal {
  readonly of: 'ratio' | 'value'
  readonly limit: 'most' | 'least'
  readonly bound: number
}

function measure(
  name: string,
  unit: string,
  values: readonly number[],
  floor?: readonly number[],
  goal?: Goal,
): Measure {
  const value = spread(values)
  const below = floor && spread(floor)
  const ratio = floor && spread(values.map((figure, round) => figure / (floor[round] ?? Number.NaN)))
  const held = goal?.of === 'ratio' ? ratio?.median : value.median
  return {
    name,
    unit,
    value,
    ...(below && { floor: below }),
    ...(ratio !== undefined && { ratio }),
    ...(goal &&
      held !== undefined && {
        goal: `${goal.limit === 'most' ? '≤' : '≥'} ${goal.bound.toLocaleString('en')}${goal.of === 'ratio' ? '×' : ''}`,
        met: goal.limit === 'most' ? held <= goal.bound : held >= goal.bound,
      }),
  }
}

const GOALS: ReadonlyMap<string, Goal> = new Map<string, Goal>([
  ['lone hop, p50', { of: 'ratio', limit: 'most', bound: 2 }],
  ['window 16, throughput', { of: 'ratio', limit: 'least', bound: 4 }],
  ['first page of a full inbox', { of: 'value', limit: 'most', bound: 100 }],
  ['start-up of the Worker', { of: 'value', limit: 'most', bound: 50 }],
  ['session build', { of: 'value', limit: 'most', bound: 15 }],
  ['encrypt 1 KiB', { of: 'value', limit: 'most', bound: 0.5 }],
  ['decrypt 1 KiB', { of: 'value', limit: 'most', bound: 0.5 }],
  ['full inbox, drained by the SDK', { of: 'value', limit: 'least', bound: 10_000 }],
  ['full inbox, drained', { of: 'value', limit: 'least', bound: 10_000 }],
])

function unitOf(name: string): string {
  if (name.endsWith('throughput')) return '/s'
  return name.endsWith('CPU of workerd') ? 'µs/message' : 'ms'
}

/** The relay's figures beside the floor's. */
export function compared(relay: Figures, floor: Figures): Measure[] {
  return [...relay].map(([name, values]) => measure(name, unitOf(name), values, floor.get(name), GOALS.get(name)))
}

/** A figure that has no floor. */
export function alone(name: string, unit: string, values: readonly number[]): Measure {
  return measure(name, unit, values, undefined, GOALS.get(name))
}
