/** The tree's nodes, read from tiles. */

import { pairwise, readTile } from './edge.ts'
import type { NodeId, ReadNode } from './nodes.ts'
import { TILE_HEIGHT, TILE_WIDTH, type TileId, tileAt, tilePath } from './tiles.ts'

/** The tile of a tree of `size` leaves that a node is computed from. Throws a `RangeError` when the tree has no such node. */
export function tileOfNode({ level, index }: NodeId, size: number): TileId {
  const tileLevel = Math.floor(level / TILE_HEIGHT)
  const width = 2 ** (level % TILE_HEIGHT)
  const tile = tileAt(tileLevel, Math.floor((index * width) / TILE_WIDTH), size)
  if (tile === undefined || ((index + 1) * width - 1) % TILE_WIDTH >= tile.width) throw new RangeError('no such node')
  return tile
}

/** The tiles that these nodes are computed from, each once: what to fetch before making a proof. */
export function tilesOfNodes(nodes: readonly NodeId[], size: number): TileId[] {
  return [...new Map(nodes.map((node) => tileOfNode(node, size)).map((tile) => [tilePath(tile), tile])).values()]
}

/**
 * Reads nodes of a tree of `size` leaves from its tiles. Full tiles are hashed once for each reader, 255 hashes, and
 * remembered (16 KiB each): let a reader live as long as its checkpoint. Throws a `RangeError` when a tile is missing or
 * has the wrong length.
 */
export function tileNodes(size: number, read: (tile: TileId) => Uint8Array | undefined): ReadNode {
  const known = new Map<string, Uint8Array[][]>()
  const levelsOf = (tile: TileId): Uint8Array[][] => {
    const path = tilePath(tile)
    const found = known.get(path)
    if (found !== undefined) return found
    const bytes = read(tile)
    const hashes = bytes && readTile(bytes, tile.width)
    if (hashes === undefined) throw new RangeError('tile missing or malformed')
    const levels = [hashes]
    // The root of a full tile is the business of the tile above.
    for (let level = hashes; level.length > 1 && levels.length < TILE_HEIGHT; levels.push(level))
      level = pairwise(level)
    known.set(path, levels)
    return levels
  }
  return (node) => {
    const level = node.level % TILE_HEIGHT
    const hash = levelsOf(tileOfNode(node, size))[level]?.[node.index % 2 ** (TILE_HEIGHT - level)]
    if (hash === undefined) throw new RangeError('no such node')
    return hash
  }
}
