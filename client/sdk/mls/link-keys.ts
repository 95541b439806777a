/** What a link's secret yields (SPEC, I-1). */

import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, toBase64url, utf8 } from '#protocol/bytes.ts'

export interface LinkKeys {
  /** Names the link to the relay. */
  readonly id: string
  /** AES-256 key of its boxes. */
  readonly boxKey: Uint8Array
  /** Key of its joiners' proofs. */
  readonly proofKey: Uint8Array
}

/** @param secret 32 octets */
export function linkKeys(secret: Uint8Array): LinkKeys {
  const derive = (info: string, length: number) => hkdf(sha256, secret, undefined, utf8(info), length)
  return {
    id: toBase64url(derive('SilentRelay link id v1', 16)),
    boxKey: derive('SilentRelay link box v1', 32),
    proofKey: derive('SilentRelay link proof v1', 32),
  }
}

/** That whoever holds `leafKey` has the link's secret (SPEC, I-3): 32 octets, authenticated by its external commit. */
export function linkProof({ proofKey }: LinkKeys, group: string, epoch: number, leafKey: Uint8Array): Uint8Array {
  return hmac(sha256, proofKey, concatBytes(utf8(`${group}\0${epoch}\0`), leafKey))
}
