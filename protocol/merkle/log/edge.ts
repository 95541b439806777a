/**
 * A tree's right edge: of each level of tiles, the hashes that do not fill a tile yet. With it, at most 255 hashes a level, a
 * sequencer appends any number of leaves, writes the tiles and knows the root, without reading the rest of the tree.
 */

import { concatBytes } from '../../bytes.ts'
import { HASH_LENGTH, nodeHash } from './hash.ts'
import { foldNodes, nodesOf } from './nodes.ts'
import { TILE_WIDTH, type TileId, hashesAt, tileAt } from './tiles.ts'

export interface TreeEdge {
  readonly size: number
  /** By level of tiles: the hashes of its last tile, 0 to 255 of them. */
  readonly levels: readonly (readonly Uint8Array[])[]
}

/** A tile with its octets. */
export interface Tile extends TileId {
  readonly bytes: Uint8Array
}

/** The tree without leaves. */
export const EMPTY_EDGE: TreeEdge = { size: 0, levels: [] }

/** The root over as many hashes as make a complete subtree. */
export function completeRoot(hashes: readonly Uint8Array[]): Uint8Array {
  let level = hashes
  while (level.length > 1) level = pairwise(level)
  const [root] = level
  if (root === undefined) throw new RangeError('no hashes')
  return root
}

/** The next level above complete neighbours. */
export function pairwise(level: readonly Uint8Array[]): Uint8Array[] {
  const above: Uint8Array[] = []
  for (let at = 0; at + 1 < level.length; at += 2) {
    const left = level[at]
    const right = level[at + 1]
    if (left !== undefined && right !== undefined) above.push(nodeHash(left, right))
  }
  return above
}

/**
 * Appends leaves, given by their hashes. Gives the new edge and the tiles that `newTiles` names, the lowest level first.
 * Nothing is changed in place: after a crash the same call gives the same tiles.
 */
export function append(edge: TreeEdge, leafHashes: readonly Uint8Array[]): { edge: TreeEdge; tiles: Tile[] } {
  const size = edge.size + leafHashes.length
  const levels: Uint8Array[][] = []
  const tiles: Tile[] = []
  let rising = leafHashes
  for (let level = 0; rising.length > 0 || level < edge.levels.length; level += 1) {
    const start = Math.floor(hashesAt(level, edge.size) / TILE_WIDTH)
    const hashes = [...(edge.levels[level] ?? []), ...rising]
    const gained = rising.length > 0
    const next: Uint8Array[] = []
    let at = 0
    for (; hashes.length - at >= TILE_WIDTH; at += TILE_WIDTH) {
      const full = hashes.slice(at, at + TILE_WIDTH)
      tiles.push({ level, index: start + at / TILE_WIDTH, width: TILE_WIDTH, bytes: concatBytes(...full) })
      next.push(completeRoot(full))
    }
    const rest = hashes.slice(at)
    if (gained && rest.length > 0) {
      tiles.push({ level, index: start + at / TILE_WIDTH, width: rest.length, bytes: concatBytes(...rest) })
    }
    levels.push(rest)
    rising = next
  }
  return { edge: { size, levels }, tiles }
}

/** The root of the tree that ends in this edge. */
export function edgeRoot({ levels }: TreeEdge): Uint8Array {
  return foldNodes(
    levels.toReversed().flatMap((hashes) =>
      nodesOf({ begin: 0, end: hashes.length }).map(({ level, index }) => {
        const width = 2 ** level
        return completeRoot(hashes.slice(index * width, (index + 1) * width))
      }),
    ),
  )
}

/** The hashes of a tile's octets. `undefined` unless there are exactly `width` of them. */
export function readTile(bytes: Uint8Array, width: number): Uint8Array[] | undefined {
  if (bytes.length !== width * HASH_LENGTH) return undefined
  return Array.from({ length: width }, (_, at) => bytes.subarray(at * HASH_LENGTH, (at + 1) * HASH_LENGTH))
}

/** Reads the edge of a tree of `size` leaves from its partial tiles, as after a restart. `undefined` when one is missing. */
export function readEdge(size: number, read: (tile: TileId) => Uint8Array | undefined): TreeEdge | undefined {
  const levels: Uint8Array[][] = []
  for (let level = 0; hashesAt(level, size) > 0; level += 1) {
    const tile = tileAt(level, Math.floor(hashesAt(level, size) / TILE_WIDTH), size)
    const bytes = tile === undefined ? new Uint8Array(0) : read(tile)
    const hashes = bytes && readTile(bytes, tile?.width ?? 0)
    if (hashes === undefined) return undefined
    levels.push(hashes)
  }
  return { size, levels }
}
