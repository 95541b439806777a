/** Whom the watch knows: keyed hashes, never an account or an address in the clear. */

import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { fromBase64url, toBase64url, utf8 } from '#protocol/bytes.ts'
import type { Whose } from './weights.ts'

let derived: { readonly secret: string; readonly key: Uint8Array } | undefined

function keyOf(secret: string): Uint8Array {
  if (derived?.secret !== secret) {
    const key = hkdf(sha256, fromBase64url(secret), undefined, utf8('SilentRelay watched accounts v1'), 32)
    derived = { secret, key }
  }
  return derived.key
}

/** An account as a subject. `tokenSecret`: 32 octets in base64url. */
export function accountSubject(tokenSecret: string, account: string): string {
  return `a.${toBase64url(hmac(sha256, keyOf(tokenSecret), utf8(account)).subarray(0, 12))}`
}

/** An address as a subject. `key`: what `addressKey` of `workers/http/allow.ts` answers, which is a keyed hash already. */
export function addressSubject(key: string): string {
  return `n.${key}`
}

export function whoseIs(subject: string): Whose {
  return subject.startsWith('a.') ? 'account' : 'address'
}
