/**
 * Which nodes of the log's tree (RFC 6962 section 2.1) a root or a proof is made of. A node is named by its level, from 0
 * for leaves, and its index within the level; it covers the leaves from `index * 2^level` to `(index + 1) * 2^level`.
 * Only complete nodes have names: they never change once they exist. What is incomplete is folded from complete ones.
 *
 * Sizes and indexes are safe integers, so all arithmetic is with floats: shifts would cut at 32 bits.
 */

import { emptyRoot, nodeHash } from './hash.ts'

export interface NodeId {
  readonly level: number
  readonly index: number
}

/** The leaves from `begin` to before `end`: a subtree as RFC 6962 splits them, so `begin` is a multiple of its size rounded up. */
export interface Subtree {
  readonly begin: number
  readonly end: number
}

/** The hash of a complete node. Throws when it is not stored: a proof is asked for a tree that is there. */
export type ReadNode = (node: NodeId) => Uint8Array

/** The largest power of two below `size`, which is at least 2. */
export function splitPoint(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

/** The complete nodes that a subtree is folded from, the leftmost and largest first. */
export function nodesOf({ begin, end }: Subtree): NodeId[] {
  const nodes: NodeId[] = []
  let at = begin
  while (at < end) {
    let level = 0
    let width = 1
    while (at + width * 2 <= end) {
      width *= 2
      level += 1
    }
    nodes.push({ level, index: at / width })
    at += width
  }
  return nodes
}

/** Folds the hashes of complete nodes, the leftmost and largest first. Of none, it is the root of the empty tree. */
export function foldNodes(hashes: readonly Uint8Array[]): Uint8Array {
  return hashes.length === 0 ? emptyRoot() : hashes.reduceRight((right, left) => nodeHash(left, right))
}

/** The hash of a subtree, complete or not. */
export function subtreeHash(read: ReadNode, subtree: Subtree): Uint8Array {
  return foldNodes(nodesOf(subtree).map(read))
}

/** The root of the tree of `size` leaves. */
export function rootOf(read: ReadNode, size: number): Uint8Array {
  return subtreeHash(read, { begin: 0, end: size })
}
