/** Figures beside what they are held against. */

import { quantile } from '../statistics.ts'

export interface Figure {
  readonly name: string
  readonly unit: 'ms' | 'MiB' | 'px' | 'rows'
  readonly times: number
  readonly median: number
  readonly p95: number
  readonly max: number
  /** Of the 95th percentile, or of the greatest where one is too many. */
  readonly goal?: { readonly of: 'p95' | 'max'; readonly most: number }
  readonly met?: boolean
}

export function figure(
  name: string,
  unit: Figure['unit'],
  values: readonly number[],
  goal?: NonNullable<Figure['goal']>,
): Figure {
  const measured = {
    name,
    unit,
    times: values.length,
    median: quantile(values, 0.5),
    p95: quantile(values, 0.95),
    max: Math.max(...values),
  }
  return goal === undefined ? measured : { ...measured, goal, met: measured[goal.of] <= goal.most }
}

const HEADS = ['', 'unit', 'times', 'median', 'p95', 'greatest', 'goal', 'verdict']
const short = (value: number) => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1))

export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, unit, times, median, p95, max, goal, met }) => [
    name,
    unit,
    String(times),
    short(median),
    short(p95),
    short(max),
    goal === undefined ? '' : `${goal.of} ≤ ${goal.most.toLocaleString('en')}`,
    met === undefined ? '' : met ? 'met' : 'NOT MET',
  ])
  const all = [HEADS, ...rows]
  const widths = HEADS.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)))
  return all
    .map((cells) =>
      cells
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
