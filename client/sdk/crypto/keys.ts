/** The keys of X3DH (section 3.1 of its specification). Public keys are 33 octets: 0x05 and the X25519 key. */

import { randomBytes } from '#protocol/bytes.ts'
import { serializePublicKey } from './curve.ts'
import { publicKeyOf, randomPrivateKey } from './x25519.ts'
import { signXeddsa } from './xeddsa-sign.ts'

export interface KeyPair {
  /** 33 octets. */
  publicKey: Uint8Array
  /** 32 octets. */
  privateKey: Uint8Array
}

export interface SignedPrekeyPair extends KeyPair {
  id: number
  /** The identity key's XEdDSA over the 33 octets of the public key; 64 octets. */
  signature: Uint8Array
}

export interface OneTimePrekeyPair extends KeyPair {
  id: number
}

async function generateKeyPair(): Promise<KeyPair> {
  const privateKey = randomPrivateKey()
  return { publicKey: serializePublicKey(await publicKeyOf(privateKey)), privateKey }
}

/** An account's identity: one for all of its devices. */
export function generateIdentity(): Promise<KeyPair> {
  return generateKeyPair()
}

/** 1 to 16,383. Uniform but for 0, which is drawn again. Tells a device that was set up anew from its former self. */
export function generateRegistrationId(): number {
  for (;;) {
    const [high = 0, low = 0] = randomBytes(2)
    const id = ((high & 0x3f) << 8) | low
    if (id !== 0) return id
  }
}

/** The medium-term prekey. Ids are 1 or more: in a message, 0 would be read as "none". */
export async function generateSignedPrekey(identity: KeyPair, id: number): Promise<SignedPrekeyPair> {
  const pair = await generateKeyPair()
  return { ...pair, id, signature: signXeddsa(identity.privateKey, pair.publicKey) }
}

/** `count` one-time prekeys with consecutive ids from `firstId` (1 or more). */
export function generateOneTimePrekeys(firstId: number, count: number): Promise<OneTimePrekeyPair[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, offset) => ({ ...(await generateKeyPair()), id: firstId + offset })),
  )
}
