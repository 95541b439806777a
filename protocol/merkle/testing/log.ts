/** Logs in memory. */

import { utf8 } from '../../bytes.ts'
import { leafHash, nodeHash } from '../log/hash.ts'
import { type Tile, EMPTY_EDGE, append } from '../log/edge.ts'
import type { ReadNode } from '../log/nodes.ts'
import { tilePath } from '../log/tiles.ts'

/** The root by the definition of RFC 6962 section 2.1, for at least one leaf: slow, and nothing to doubt. */
export function rootByDefinition(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length <= 1) return hashes[0] ?? new Uint8Array(0)
  const split = 2 ** Math.ceil(Math.log2(hashes.length) - 1)
  return nodeHash(rootByDefinition(hashes.slice(0, split)), rootByDefinition(hashes.slice(split)))
}

/** Distinct leaf hashes. */
export function leafHashes(count: number, from = 0): Uint8Array[] {
  return Array.from({ length: count }, (_, at) => leafHash(utf8(`leaf ${at + from}`)))
}

/** Nodes straight from leaf hashes, each computed once. */
export function nodesOver(hashes: readonly Uint8Array[]): ReadNode {
  const known = new Map<string, Uint8Array>()
  return ({ level, index }) => {
    const key = `${level}/${index}`
    const hash = known.get(key) ?? rootByDefinition(hashes.slice(index * 2 ** level, (index + 1) * 2 ** level))
    known.set(key, hash)
    return hash
  }
}

/** The tiles of a log, as its sequencer writes them in batches. */
export function tilesOver(
  hashes: readonly Uint8Array[],
  batches: readonly number[],
): { tiles: Map<string, Tile>; edge: typeof EMPTY_EDGE } {
  const tiles = new Map<string, Tile>()
  let edge = EMPTY_EDGE
  for (const batch of [...batches, hashes.length]) {
    const next = append(edge, hashes.slice(edge.size, edge.size + batch))
    edge = next.edge
    for (const tile of next.tiles) tiles.set(tilePath(tile), tile)
  }
  return { tiles, edge }
}

/**
 * A log of any size in which all leaves are the same but a few: its complete subtrees are known without its leaves, so that
 * proofs of a million leaves are real ones.
 */
export function sparseLog(filler: Uint8Array, leaves: ReadonlyMap<number, Uint8Array>): ReadNode {
  const same = [filler]
  const sameAt = (level: number): Uint8Array => {
    const below = level === 0 ? filler : sameAt(level - 1)
    return (same[level] ??= nodeHash(below, below))
  }
  const positions = [...leaves.keys()]
  const read: ReadNode = ({ level, index }) => {
    const width = 2 ** level
    if (!positions.some((position) => Math.floor(position / width) === index)) return sameAt(level)
    if (level === 0) return leaves.get(index) ?? filler
    return nodeHash(read({ level: level - 1, index: index * 2 }), read({ level: level - 1, index: index * 2 + 1 }))
  }
  return read
}
