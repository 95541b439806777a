/** Styles of a text while it is written: ranges that follow its edits. Pure; positions are UTF-16 code units. */

import type { StyleRange } from '#protocol/content/content.ts'

export type Style = StyleRange['style']

/** What was put in the place of what: `removed` code units at `at` became `inserted`. */
export interface Edit {
  readonly at: number
  readonly removed: number
  readonly inserted: number
}

/** The one edit that makes `after` of `before`. `caret`: where the caret is after it, which decides among equal letters. */
export function editBetween(before: string, after: string, caret: number): Edit {
  const longest = Math.min(before.length, after.length)
  let end = 0
  const maxEnd = Math.min(longest, after.length - caret)
  while (end < maxEnd && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  let at = 0
  while (at < longest - end && before[at] === after[at]) at++
  return { at, removed: before.length - end - at, inserted: after.length - end - at }
}

/** Sorted, without overlaps of one style. */
function normalised(ranges: readonly StyleRange[]): StyleRange[] {
  const result: StyleRange[] = []
  const open = new Map<Style, number>()
  for (const range of [...ranges].filter(({ length }) => length > 0).sort((a, b) => a.start - b.start)) {
    const index = open.get(range.style)
    const previous = index === undefined ? undefined : result[index]
    if (index !== undefined && previous !== undefined && range.start <= previous.start + previous.length) {
      const end = Math.max(previous.start + previous.length, range.start + range.length)
      result[index] = { ...previous, length: end - previous.start }
    } else {
      open.set(range.style, result.length)
      result.push(range)
    }
  }
  return result
}

/** Sets or clears a style from `from` to `to`. */
export function withStyle(
  ranges: readonly StyleRange[],
  style: Style,
  from: number,
  to: number,
  on: boolean,
): StyleRange[] {
  if (from >= to) return [...ranges]
  if (on) return normalised([...ranges, { start: from, length: to - from, style }])
  return normalised(
    ranges.flatMap((range) => {
      if (range.style !== style) return [range]
      const end = range.start + range.length
      return [
        { ...range, length: Math.min(end, from) - range.start },
        { ...range, start: Math.max(range.start, to), length: end - Math.max(range.start, to) },
      ].filter(({ length }) => length > 0)
    }),
  )
}

/** The ranges after an edit. What is inserted has the styles `active`, and no others. */
export function afterEdit(ranges: readonly StyleRange[], edit: Edit, active: ReadonlySet<Style>): StyleRange[] {
  const { at, removed, inserted } = edit
  const moved = (place: number): number => {
    if (place <= at) return place
    return place >= at + removed ? place - removed + inserted : at
  }
  let result = normalised(
    ranges.map((range) => {
      const start = range.start >= at && range.start < at + removed ? at + inserted : moved(range.start)
      const end = moved(range.start + range.length)
      return { ...range, start, length: end - start }
    }),
  )
  const styles = new Set([...result.map(({ style }) => style), ...active])
  for (const style of styles) result = withStyle(result, style, at, at + inserted, active.has(style))
  return result
}

/** The styles that all of a selection has, or, without one, that the letter before the caret has. */
export function stylesAt(ranges: readonly StyleRange[], from: number, to: number): Set<Style> {
  const start = from === to ? from - 1 : from
  const end = from === to ? from : to
  return new Set(
    ranges.filter((range) => range.start <= start && end <= range.start + range.length).map(({ style }) => style),
  )
}

/** A text without blanks around it, its ranges moved along. */
export function trimmed(body: string, ranges: readonly StyleRange[]): { body: string; styles: StyleRange[] } {
  const cut = body.length - body.trimStart().length
  const text = body.trim()
  const styles = ranges.flatMap((range) => {
    const start = Math.max(0, range.start - cut)
    const end = Math.min(text.length, range.start + range.length - cut)
    return end > start ? [{ ...range, start, length: end - start }] : []
  })
  return { body: text, styles }
}
