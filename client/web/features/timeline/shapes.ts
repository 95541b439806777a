/** How high rows were when a timeline was last looked at: one that is opened again is drawn where it stands, at once. */

import type { Rect, VirtualItem, Virtualizer } from '@tanstack/react-virtual'
import type { Row } from './rows.ts'

/** As many as windows are kept of. */
const KEPT = 12

const shapes = new Map<string, readonly VirtualItem[]>()
/** Of the last timeline: the next one's is nearly always the same. */
let lastRect: Rect | undefined

/** When a timeline goes away. */
export function keepShape(id: string, virtual: Virtualizer<HTMLDivElement, Element>): void {
  shapes.delete(id)
  shapes.set(id, virtual.takeSnapshot())
  lastRect = virtual.scrollRect ?? lastRect
  for (const old of shapes.keys()) {
    if (shapes.size <= KEPT) break
    shapes.delete(old)
  }
}

/** Pixels. */
export interface RowSizes {
  readonly top: number
  readonly bottom: number
  readonly guess: (row: Row) => number
}

/**
 * What a virtualizer begins with. Heights are guessed where they are not known, and may be of another width: rows are
 * measured when they are shown.
 *
 * @param first index of the row that stands at the top; -1: the last row stands at the end
 */
export function startingShape(id: string, rows: readonly Row[], first: number, { top, bottom, guess }: RowSizes) {
  const known = shapes.get(id) ?? []
  const sizes = new Map(known.map(({ key, size }) => [key, size]))
  const rect = lastRect ?? { width: innerWidth, height: innerHeight }
  const before = first > 0 ? first : rows.length
  const height = rows.slice(0, before).reduce((sum, row) => sum + (sizes.get(row.key) ?? guess(row)), top)
  return {
    initialRect: rect,
    initialMeasurementsCache: [...known],
    initialOffset: Math.max(0, first > 0 ? height : height + bottom - rect.height),
  }
}
