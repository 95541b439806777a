/**
 * The map: 32-octet indexes to 32-octet values, as a binary tree over the 256 bits of the index, the highest bit of the
 * first octet first. The hash of the subtree that holds the set S of entries, at depth d:
 *
 *     S empty             SHA-256(0x04)
 *     S = {(i, v)}        SHA-256(0x02 || i || v), at whatever depth the entry is alone
 *     otherwise           SHA-256(0x03 || left || right), the entries divided by bit d of their index
 *
 * The root is the hash of all entries at depth 0. Since an entry rises to where it is alone, a proof among a million
 * pseudorandom indexes has some 20 hashes instead of 256. That takes nothing away: an entry's hash holds its whole index, and
 * the three forms, and the log's (0x00, 0x01), begin with different octets, so no hash can be read in two ways.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { taggedHash } from '../tagged-hash.ts'

/** Octets of an index, and of a value. */
export const INDEX_LENGTH = 32
export const VALUE_LENGTH = 32
/** Bits of an index. */
export const MAP_DEPTH = 256

const ENTRY = 0x02
const NODE = 0x03

export interface MapEntry {
  readonly index: Uint8Array
  readonly value: Uint8Array
}

/** Hash of a subtree that holds one entry. */
export function entryHash({ index, value }: MapEntry): Uint8Array {
  return taggedHash(ENTRY, index, value)
}

/** Hash of a subtree that holds several. */
export function mapNodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return taggedHash(NODE, left, right)
}

/** Hash of a subtree that holds none. */
export const EMPTY_HASH = sha256(Uint8Array.of(0x04))

/** The bit of `index` at `depth`, from 0: which way the path turns there. */
export function bitAt(index: Uint8Array, depth: number): 0 | 1 {
  return ((index[depth >> 3] ?? 0) >> (7 - (depth & 7))) & 1 ? 1 : 0
}
