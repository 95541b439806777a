/**
 * The primitives of our two ciphersuites as ts-mls takes them. Its own provider imports optional packages that are not
 * there, which bundlers cannot resolve; and derives by WebCrypto, where each of the thousands of short HMACs of a large
 * group's commit costs an import and a change of thread.
 */

import { expand, extract } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import type { sha256, sha512 } from '@noble/hashes/sha2.js'
import type { Hash } from 'ts-mls/crypto/hash.js'
import type { Kdf } from 'ts-mls/crypto/kdf.js'
import type { Signature } from 'ts-mls/crypto/signature.js'
import { concatBytes, equalBytes, fromBase64url, randomBytes } from '#protocol/bytes.ts'

/** PKCS #8 around 32 octets of Ed25519 private key (RFC 8410 section 7): WebCrypto imports no raw private key. */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20)
const ED25519 = 'Ed25519'

type HashFunction = typeof sha256 | typeof sha512

/** SHA-2 and HMAC (RFC 9420 section 5.1). */
export function hashOf(hash: HashFunction): Hash {
  return {
    digest: async (data) => hash(data),
    mac: async (key, data) => hmac(hash, key, data),
    verifyMac: async (key, mac, data) => equalBytes(hmac(hash, key, data), mac),
  }
}

/** HKDF (RFC 5869). */
export function kdfOf(hash: HashFunction): Kdf {
  return {
    extract: async (salt, ikm) => extract(hash, ikm, salt),
    expand: async (key, info, length) => expand(hash, key, info, length),
    size: hash.outputLen,
  }
}

function importPrivate(seed: Uint8Array, isExtractable: boolean): Promise<CryptoKey> {
  return crypto.subtle.importKey('pkcs8', concatBytes(PKCS8_PREFIX, seed), ED25519, isExtractable, ['sign'])
}

/** The Ed25519 public key (32 octets) of a private key, which is 32 octets of seed (RFC 8032 section 5.1.5). */
export async function ed25519PublicKey(seed: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const { x } = await crypto.subtle.exportKey('jwk', await importPrivate(seed, true))
  if (x === undefined) throw new TypeError('an Ed25519 key without its public part')
  return fromBase64url(x)
}

/** Ed25519 by WebCrypto. Private keys are 32 octets of seed. */
export const ed25519: Signature = {
  async sign(seed, message) {
    const key = await importPrivate(seed, false)
    return new Uint8Array(await crypto.subtle.sign(ED25519, key, Uint8Array.from(message)))
  },

  async verify(publicKey, message, signature) {
    // A key that is no point of the curve is refused by some runtimes here, by others when it is used.
    try {
      const key = await crypto.subtle.importKey('raw', Uint8Array.from(publicKey), ED25519, false, ['verify'])
      return await crypto.subtle.verify(ED25519, key, Uint8Array.from(signature), Uint8Array.from(message))
    } catch {
      return false
    }
  },

  async keygen() {
    const signKey = randomBytes(32)
    return { signKey, publicKey: await ed25519PublicKey(signKey) }
  },
}
