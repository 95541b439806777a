/**
 * The symmetric primitives that the library calls. It makes seven HMACs for a message, and WebCrypto takes an import and
 * a thread change for each: HMAC-SHA256 by noble-hashes is several times faster on such short inputs and has no
 * secret-dependent branch or index. AES stays with WebCrypto, since table lookups in JavaScript leak through the cache.
 */

import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'

class HmacKey {
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

type Key = HmacKey | CryptoKey

function aesKey(key: Key): CryptoKey {
  if (key instanceof HmacKey) throw new TypeError('not an AES key')
  return key
}

/** The part of the WebCrypto interface that the library uses, in its ways: HMAC-SHA256 to sign, AES-CBC to encrypt. */
export const symmetric = {
  getRandomValues: <T extends Uint8Array<ArrayBuffer>>(array: T): T => crypto.getRandomValues(array),
  subtle: {
    async importKey(
      format: 'raw',
      key: ArrayBuffer,
      algorithm: { name: 'HMAC' | 'AES-CBC' },
      extractable: boolean,
      usages: KeyUsage[],
    ): Promise<Key> {
      if (algorithm.name === 'HMAC') return new HmacKey(new Uint8Array(key))
      return crypto.subtle.importKey(format, key, algorithm, extractable, usages)
    },
    async sign(_algorithm: unknown, key: Key, data: ArrayBuffer): Promise<ArrayBuffer> {
      if (!(key instanceof HmacKey)) throw new TypeError('not an HMAC key')
      return Uint8Array.from(hmac(sha256, key.bytes, new Uint8Array(data))).buffer
    },
    encrypt: (algorithm: AesCbcParams, key: Key, data: ArrayBuffer): Promise<ArrayBuffer> =>
      crypto.subtle.encrypt(algorithm, aesKey(key), data),
    decrypt: (algorithm: AesCbcParams, key: Key, data: ArrayBuffer): Promise<ArrayBuffer> =>
      crypto.subtle.decrypt(algorithm, aesKey(key), data),
  },
}
