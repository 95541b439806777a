/** How much room files take in a bubble: known before anything of them is here, so that rows keep their height. In pixels. */

import type { MediaView } from '#sdk/index.ts'

export interface Box {
  readonly width: number
  readonly height: number
}

/** A bubble's width on a narrow phone, less its padding. */
const WIDTH = 272
const MOST_HEIGHT = 320
const LEAST = 96
/** Of one of several. */
const TILE = 134
const GAP = 4
const ROW_HEIGHT = 56

export const isVisual = ({ view }: MediaView): boolean => view === 'picture' || view === 'video'

/** A picture's box: its shape, within bounds. What says no sides, or impossible ones, is shown as a square. */
export function boxOf({ width = 1, height = 1 }: Pick<MediaView, 'width' | 'height'>): Box {
  const shape = Math.min(4, Math.max(0.25, width / height))
  const full = { width: WIDTH, height: WIDTH / shape }
  const fitting = full.height <= MOST_HEIGHT ? full : { width: MOST_HEIGHT * shape, height: MOST_HEIGHT }
  return { width: Math.round(Math.max(LEAST, fitting.width)), height: Math.round(Math.max(LEAST, fitting.height)) }
}

/** The boxes of a message's pictures and films. */
export function tilesOf(visual: readonly MediaView[]): readonly Box[] {
  const [only] = visual
  if (visual.length === 1 && only !== undefined) return [boxOf(only)]
  return visual.map(() => ({ width: TILE, height: TILE }))
}

/** What all files of a message take together. */
export function heightOf(items: readonly MediaView[]): number {
  const tiles = tilesOf(items.filter(isVisual))
  const rows = items.length - tiles.length
  const lines = tiles.length === 1 ? (tiles[0]?.height ?? 0) : Math.ceil(tiles.length / 2) * (TILE + GAP)
  return lines + rows * (ROW_HEIGHT + GAP)
}
