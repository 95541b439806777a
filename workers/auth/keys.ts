/** Keys derived from TOKEN_SECRET, one for each purpose (RFC 5869), imported once per isolate. */

import { fromBase64url, utf8 } from '#protocol/bytes.ts'

export type KeyPurpose = 'access token' | 'login challenge' | 'address'

const imported = new Map<string, Promise<CryptoKey>>()

/** The HMAC-SHA256 key of `purpose`. */
export function macKey(tokenSecret: string, purpose: KeyPurpose): Promise<CryptoKey> {
  const name = `${purpose} ${tokenSecret}`
  const key = imported.get(name) ?? derive(tokenSecret, purpose)
  imported.set(name, key)
  return key
}

async function derive(tokenSecret: string, purpose: KeyPurpose): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey('raw', fromBase64url(tokenSecret), 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8(`SilentRelay ${purpose} v1`) },
    secret,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign', 'verify'],
  )
}
