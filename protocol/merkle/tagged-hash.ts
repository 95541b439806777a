/**
 * SHA-256 of one octet, which says what is hashed, and of what follows it. Trees hash little and often: one state, used again and
 * again, takes half the time of a new one for each hash, since making one allocates outside the engine's heap.
 */

import { sha256 } from '@noble/hashes/sha2.js'

const empty = sha256.create()
const state = sha256.create()
const digest = new Uint8Array(32)
/** An octet and two hashes: a node of a tree. */
const node = new Uint8Array(65)

/** The hash of `tag`, `first` and `second`. Synchronous throughout, so nothing else can touch the state in between. */
export function taggedHash(tag: number, first: Uint8Array, second: Uint8Array): Uint8Array {
  empty._cloneInto(state)
  if (first.length === 32 && second.length === 32) {
    node[0] = tag
    node.set(first, 1)
    node.set(second, 33)
    state.update(node)
  } else {
    state.update(Uint8Array.of(tag)).update(first).update(second)
  }
  state.digestInto(digest)
  return digest.slice()
}
