/**
 * Safety numbers as Signal computes them (its numeric fingerprint, iterated so that a colliding identity key is
 * expensive to find). Both sides see the same sixty digits, and compare them by eye or by voice.
 */

import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8 } from '#protocol/bytes.ts'

/** Part of what is hashed; not the version of the scannable code. */
const FINGERPRINT_VERSION = Uint8Array.of(0, 0)
const ITERATIONS = 5_200

export interface Party {
  account: string
  /** 33 octets. */
  identityKey: Uint8Array
}

/** Thirty digits for one party. Takes some 20 ms: keep the result where many are shown. */
function digits({ account, identityKey }: Party): string {
  let hash = sha512(concatBytes(FINGERPRINT_VERSION, identityKey, utf8(account), identityKey))
  for (let round = 1; round < ITERATIONS; round += 1) hash = sha512(concatBytes(hash, identityKey))
  let text = ''
  for (let at = 0; at < 30; at += 5) {
    // Five octets exceed 32 bits, and stay well within a double.
    const chunk = hash.subarray(at, at + 5).reduce((value, octet) => value * 256 + octet, 0)
    text += String(chunk % 100_000).padStart(5, '0')
  }
  return text
}

/** Twelve groups of five digits. The same for both, whoever asks. */
export function safetyNumber(one: Party, other: Party): string[] {
  const joined = [digits(one), digits(other)].sort().join('')
  return Array.from({ length: 12 }, (_, group) => joined.slice(group * 5, group * 5 + 5))
}
