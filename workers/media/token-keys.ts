/** The deployment's keys of media tokens, derived from TOKEN_SECRET: a new secret ends the tokens that are out. */

import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { TokenKey } from '#protocol/blind-tokens.ts'
import { type TokenKeyId, type TokenPublicKey, issuingKeyId } from '#protocol/token-wire.ts'
import { fromBase64url, toBase64url, utf8 } from '#protocol/bytes.ts'
import { mediaTokens } from '#protocol/media/tokens.ts'

/** Deriving takes milliseconds. Two weeks' keys are in use at a time. */
const derived = new Map<string, TokenKey>()

export function mediaTokenKey(tokenSecret: string, id: TokenKeyId): TokenKey {
  const name = `${id} ${tokenSecret}`
  const known = derived.get(name)
  if (known !== undefined) return known
  const seed = hkdf(sha256, fromBase64url(tokenSecret), undefined, utf8('SilentRelay media token seed v1'), 32)
  const key = mediaTokens.deriveKey(seed, id)
  if (derived.size >= 4) derived.clear()
  derived.set(name, key)
  return key
}

/** What everybody is told: the key that issues, and the one before. */
export function publicTokenKeys(tokenSecret: string, now: number): TokenPublicKey[] {
  const issuing = issuingKeyId(now)
  return [issuing, issuing - 1].map((id) => ({
    id,
    publicKey: toBase64url(mediaTokenKey(tokenSecret, id).publicKey),
  }))
}
