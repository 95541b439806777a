/** The result as a table for people. */

import type { Measure } from './goals.ts'
import type { Spread } from './statistics.ts'

function number(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)
}

function cell(value: Spread | undefined): string {
  return value ? `${number(value.median)} (${number(value.min)}–${number(value.max)})` : ''
}

function row({ name, unit, floor, value, ratio, goal, met }: Measure): string[] {
  const verdict = met === undefined ? '' : met ? 'met' : 'NOT MET'
  return [name, unit, cell(floor), cell(value), cell(ratio), goal ?? '', verdict]
}

/** Median (least–greatest) of each measure. */
export function table(measures: readonly Measure[]): string {
  const rows = [['', 'unit', 'floor', 'relay', 'ratio', 'goal', 'verdict'], ...measures.map(row)]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0))) ?? []
  return rows
    .map((cells) =>
      cells
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
