/**
 * How a leaf commits to a device list without showing it: HMAC-SHA-256 of the list's octets under a key of 32 octets, the
 * opening, which is served only with the list. Without the opening the commitment says nothing, not even to somebody who
 * guesses the list. The index and version are hashed with it, so that no opening serves for another leaf.
 */

import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, equalBytes, utf8 } from '../bytes.ts'
import { uint64 } from './uint64.ts'

/** Octets of an opening. Of one length only: HMAC pads its key with zeroes, so of several lengths some would collide. */
export const OPENING_LENGTH = 32

/** Which leaf a commitment is for. */
export interface CommittedLeaf {
  readonly index: Uint8Array
  readonly version: number
}

function mac(key: Uint8Array, label: string, { index, version }: CommittedLeaf, rest: Uint8Array): Uint8Array {
  return hmac(sha256, key, concatBytes(utf8(`${label}\0`), index, uint64(version), rest))
}

/**
 * The commitment to a device list's signed octets.
 *
 * @param opening 32 octets, pseudorandom
 */
export function commit(opening: Uint8Array, leaf: CommittedLeaf, list: Uint8Array): Uint8Array {
  if (opening.length !== OPENING_LENGTH) throw new RangeError('not an opening')
  return mac(opening, 'SilentRelay key log commitment v1', leaf, list)
}

/** Whether `opening` shows that `commitment` is to this list. */
export function opens(opening: Uint8Array, commitment: Uint8Array, leaf: CommittedLeaf, list: Uint8Array): boolean {
  return opening.length === OPENING_LENGTH && equalBytes(commit(opening, leaf, list), commitment)
}

/**
 * The opening of a leaf, from the log's own secret of 32 octets or more: the same whenever it is asked for, so that a leaf which is
 * written again after a crash is the same leaf.
 */
export function openingFor(secret: Uint8Array, leaf: CommittedLeaf): Uint8Array {
  return mac(secret, 'SilentRelay key log opening v1', leaf, new Uint8Array(0))
}
