/** The ciphersuites of groups (SPEC, U-1). */

import { Aes128Gcm, Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256, HkdfSha512 } from '@hpke/core'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import type { Aead } from 'ts-mls/crypto/aead.js'
import { type CiphersuiteImpl, getCiphersuiteFromId } from 'ts-mls/crypto/ciphersuite.js'
import { makeGenericHpke } from 'ts-mls/crypto/implementation/hpke.js'
import { randomBytes } from '#protocol/bytes.ts'
import type { GroupSuite } from '#protocol/groups/entries.ts'
import { xWing } from '../crypto/x-wing.ts'
import { ed25519, hashOf, kdfOf } from './primitives.ts'

/** A suite's cryptography, in ts-mls's form. */
export type Suite = CiphersuiteImpl

function importKey(key: Uint8Array, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', Uint8Array.from(key), 'AES-GCM', false, [usage])
}

function parameters(iv: Uint8Array, additionalData: Uint8Array): AesGcmParams {
  return { name: 'AES-GCM', iv: Uint8Array.from(iv), additionalData: Uint8Array.from(additionalData) }
}

/** AES-GCM by WebCrypto: tables in JavaScript leak through the cache. */
const aesGcm: Aead = {
  async encrypt(key, nonce, aad, plaintext) {
    const algorithm = parameters(nonce, aad)
    const octets = Uint8Array.from(plaintext)
    return new Uint8Array(await crypto.subtle.encrypt(algorithm, await importKey(key, 'encrypt'), octets))
  },
  async decrypt(key, nonce, aad, ciphertext) {
    const algorithm = parameters(nonce, aad)
    const octets = Uint8Array.from(ciphertext)
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, await importKey(key, 'decrypt'), octets))
  },
}

async function makeSuite(id: GroupSuite): Promise<Suite> {
  const { name, hpke } = getCiphersuiteFromId(id)
  const isClassic = id === 1
  const hash = isClassic ? sha256 : sha512
  const primitives = isClassic
    ? new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() })
    : new CipherSuite({ kem: xWing(), kdf: new HkdfSha512(), aead: new Aes256Gcm() })
  return {
    name,
    hash: hashOf(hash),
    kdf: kdfOf(hash),
    hpke: await makeGenericHpke(hpke, aesGcm, primitives),
    signature: ed25519,
    rng: { randomBytes },
  }
}

const suites = new Map<GroupSuite, Promise<Suite>>()

/** The suite of this number, made once. */
export function suiteOf(id: GroupSuite): Promise<Suite> {
  const known = suites.get(id)
  if (known !== undefined) return known
  const made = makeSuite(id)
  suites.set(id, made)
  return made
}
