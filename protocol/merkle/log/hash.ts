/** Hashing of the log: RFC 6962 section 2.1, SHA-256. */

import { sha256 } from '@noble/hashes/sha2.js'
import { taggedHash } from '../tagged-hash.ts'

/** Octets of a hash. */
export const HASH_LENGTH = 32

const LEAF = 0x00
const NODE = 0x01
const NOTHING = new Uint8Array(0)

/** Hash of one leaf's octets. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  return taggedHash(LEAF, leaf, NOTHING)
}

/** Hash of a node over its two children. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return taggedHash(NODE, left, right)
}

/** Root of the tree without leaves: the hash of nothing. */
export function emptyRoot(): Uint8Array {
  return sha256(NOTHING)
}
