/**
 * Verifying proofs: RFC 9162 sections 2.1.3.2 and 2.1.4.2. Everything but a pinned root is attacker-controlled: what is not
 * in form is not valid, and nothing throws.
 */

import { equalBytes } from '../../bytes.ts'
import { HASH_LENGTH, nodeHash } from './hash.ts'

const isOdd = (value: number) => value % 2 === 1
const half = (value: number) => Math.floor(value / 2)
const isSize = (value: number) => Number.isSafeInteger(value) && value >= 0
const areHashes = (hashes: readonly Uint8Array[]) => hashes.every(({ length }) => length === HASH_LENGTH)

/** Whether `proof` shows that the leaf of hash `leaf` stands at `index` in the tree of `size` leaves whose root is `root`. */
export function verifyInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isSize(index) || !isSize(size) || index >= size || !areHashes([leaf, root, ...proof])) return false
  let [node, last, hash] = [index, size - 1, leaf]
  for (const sibling of proof) {
    if (last === 0) return false
    if (isOdd(node) || node === last) {
      hash = nodeHash(sibling, hash)
      // A last node without a right neighbour rises until it has one to its left.
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)]
    } else {
      hash = nodeHash(hash, sibling)
    }
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 && equalBytes(hash, root)
}

/** Both roots that a consistency proof folds to. `start` is the root of the first tree where that is complete, and is not used otherwise. */
function foldConsistency(
  first: number,
  second: number,
  start: Uint8Array,
  proof: readonly Uint8Array[],
): { readonly old: Uint8Array; readonly now: Uint8Array } | undefined {
  if (!isSize(first) || !isSize(second) || first < 1 || first >= second || !areHashes([start, ...proof]))
    return undefined
  let [node, last] = [first - 1, second - 1]
  while (isOdd(node)) [node, last] = [half(node), half(last)]
  // Where the first tree is complete, it is itself the node to begin with.
  const [seed, ...rest] = node === 0 ? [start, ...proof] : proof
  if (seed === undefined) return undefined
  let [old, now] = [seed, seed]
  for (const sibling of rest) {
    if (last === 0) return undefined
    if (isOdd(node) || node === last) {
      old = nodeHash(sibling, old)
      now = nodeHash(sibling, now)
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)]
    } else {
      now = nodeHash(now, sibling)
    }
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 ? { old, now } : undefined
}

/**
 * Whether `proof` shows that the tree of `second` leaves with the root `secondRoot` begins with that of `first` leaves and
 * `firstRoot`. Never for an empty first tree: nothing is consistent with nothing. Equal sizes need equal roots and no proof.
 */
export function verifyConsistency(
  first: number,
  second: number,
  firstRoot: Uint8Array,
  secondRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isSize(first) || first < 1) return false
  if (first === second) return proof.length === 0 && equalBytes(firstRoot, secondRoot)
  const folded = foldConsistency(first, second, firstRoot, proof)
  return folded !== undefined && equalBytes(folded.old, firstRoot) && equalBytes(folded.now, secondRoot)
}

/**
 * Whether `proof` shows that the tree of `second` leaves with the root `secondRoot` begins with another tree of `first` leaves
 * than that of `firstRoot`: whoever signed both roots signed two histories. Such a proof does not exist for a log that only grew, and no
 * proof that is merely broken passes for one. Of a first tree that is complete (a power of two) a proof alone never says it.
 */
export function contradicts(
  first: number,
  second: number,
  firstRoot: Uint8Array,
  secondRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  const folded = foldConsistency(first, second, firstRoot, proof)
  return folded !== undefined && equalBytes(folded.now, secondRoot) && !equalBytes(folded.old, firstRoot)
}
