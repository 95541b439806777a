/** Making proofs: RFC 6962 sections 2.1.1 and 2.1.2. */

import { type NodeId, type ReadNode, type Subtree, nodesOf, splitPoint, subtreeHash } from './nodes.ts'

function checkRange(condition: boolean): void {
  if (!condition) throw new RangeError('no such leaf or tree')
}

/**
 * The subtrees whose hashes prove that leaf `index` is in the tree of `size` leaves, from the leaf upwards.
 * Throws a `RangeError` when there is no such leaf.
 */
export function inclusionPath(index: number, size: number): Subtree[] {
  checkRange(Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size)
  const path: Subtree[] = []
  let [begin, end] = [0, size]
  while (end - begin > 1) {
    const middle = begin + splitPoint(end - begin)
    if (index < middle) {
      path.push({ begin: middle, end })
      end = middle
    } else {
      path.push({ begin, end: middle })
      begin = middle
    }
  }
  return path.toReversed()
}

/**
 * The subtrees whose hashes prove that the tree of `first` leaves is the beginning of the tree of `second` leaves. None for
 * equal sizes. Throws a `RangeError` unless `first` is from 1 to `second`: nothing can be proved of an empty tree.
 */
export function consistencyPath(first: number, second: number): Subtree[] {
  checkRange(Number.isSafeInteger(first) && Number.isSafeInteger(second) && first >= 1 && first <= second)
  const path: Subtree[] = []
  let [begin, end] = [0, second]
  while (end !== first) {
    const middle = begin + splitPoint(end - begin)
    if (first <= middle) {
      path.push({ begin: middle, end })
      end = middle
    } else {
      path.push({ begin, end: middle })
      begin = middle
    }
  }
  // The whole of the first tree needs no hash of its own: the verifier has its root.
  if (begin > 0) path.push({ begin, end })
  return path.toReversed()
}

/** The complete nodes that the hashes of a path are folded from: what to fetch before making a proof. */
export function nodesOfPath(path: readonly Subtree[]): NodeId[] {
  return path.flatMap(nodesOf)
}

/** The proof that leaf `index` is in the tree of `size` leaves. Throws a `RangeError` when there is no such leaf. */
export function proveInclusion(read: ReadNode, index: number, size: number): Uint8Array[] {
  return inclusionPath(index, size).map((subtree) => subtreeHash(read, subtree))
}

/** The proof that the tree of `second` leaves grew from that of `first`. Throws a `RangeError` as {@link consistencyPath} does. */
export function proveConsistency(read: ReadNode, first: number, second: number): Uint8Array[] {
  return consistencyPath(first, second).map((subtree) => subtreeHash(read, subtree))
}
