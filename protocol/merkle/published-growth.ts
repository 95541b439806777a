/** What a published log says of how it grew, read from its tiles: without asking anybody who would know who asks. */

import type { ReadPublished } from './audit/audit.ts'
import { HASH_LENGTH } from './log/hash.ts'
import { nodesOf, rootOf } from './log/nodes.ts'
import { consistencyPath, nodesOfPath, proveConsistency } from './log/prove.ts'
import { tileNodes, tilesOfNodes } from './log/tile-nodes.ts'
import { TILE_WIDTH, type TileId, tilePath } from './log/tiles.ts'

/** What the tiles say of the tree of `first` leaves within the present one. */
export interface Growth {
  readonly first: number
  /** Its root, by these tiles. */
  readonly root: Uint8Array
  /** That the present tree begins with it. */
  readonly proof: readonly Uint8Array[]
}

/**
 * Reads of the tree of `size` leaves how it grew from smaller ones. Nothing of it is verified. A tile that several need is read once.
 *
 * @param firsts sizes from 1 to `size`
 * @throws RangeError when a tile is missing or malformed
 */
export async function readGrowth(read: ReadPublished, firsts: readonly number[], size: number): Promise<Growth[]> {
  const nodes = firsts.flatMap((first) => [
    ...nodesOf({ begin: 0, end: first }),
    ...nodesOfPath(consistencyPath(first, size)),
  ])
  const tiles = new Map<string, Uint8Array>()
  for (const tile of tilesOfNodes(nodes, size)) {
    // A partial one may be gone once the full one is there (C2SP tlog-tiles, "Partial Tiles").
    const bytes = (await read(tilePath(tile))) ?? (await read(tilePath({ ...tile, width: TILE_WIDTH })))
    if (bytes !== undefined) tiles.set(tilePath(tile), bytes.subarray(0, tile.width * HASH_LENGTH))
  }
  const get = (tile: TileId) => tiles.get(tilePath(tile))
  const readNode = tileNodes(size, get)
  return firsts.map((first) => ({
    first,
    root: rootOf(readNode, first),
    proof: proveConsistency(readNode, first, size),
  }))
}
