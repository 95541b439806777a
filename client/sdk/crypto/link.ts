/**
 * The link bundle: what an old device hands to a new one (identity key and account), sealed to an ephemeral key that the
 * new one shows. X25519 with a fresh key on the sealing side, HKDF-SHA256 bound to both public keys, AES-256-GCM.
 *
 *     sealed = 0x01 ‖ ephemeral public key (32) ‖ AES-256-GCM(bytes), tag at its end
 *
 * It proves nothing about the sealing device: the new device must know the key it showed was read by a device of its owner.
 */

import { concatBytes, utf8 } from '#protocol/bytes.ts'
import { LowOrderPointError } from './errors.ts'
import { agree, publicKeyOf, randomPrivateKey } from './x25519.ts'

const VERSION = 1
const HEADER_LENGTH = 33
const TAG_LENGTH = 16
const INFO = concatBytes(utf8('SilentRelay link v1'), Uint8Array.of(0))

/** - `badSeal`: altered, or sealed to another key; `lowOrderPoint`: a hostile key; `malformed`: not a sealed bundle. */
export type LinkErrorCode = 'badSeal' | 'lowOrderPoint' | 'malformed'

/** A link bundle could not be sealed or opened. Start the linking anew, with a new key. */
export class LinkError extends Error {
  override readonly name = 'LinkError'
  readonly code: LinkErrorCode
  constructor(code: LinkErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** The new device's key: for one linking, kept in memory only. */
export interface LinkKey {
  /** 32 octets, shown to the old device. */
  publicKey: Uint8Array
  /** 32 octets. */
  privateKey: Uint8Array
}

export async function createLinkKey(): Promise<LinkKey> {
  const privateKey = randomPrivateKey()
  return { publicKey: await publicKeyOf(privateKey), privateKey }
}

/** Key and nonce (12 octets). Derived together: each key seals one bundle, so its nonce need not be sent. */
async function deriveKey(
  privateKey: Uint8Array,
  theirs: Uint8Array,
  ephemeral: Uint8Array,
  recipient: Uint8Array,
): Promise<{ key: CryptoKey; nonce: Uint8Array<ArrayBuffer> }> {
  const secret = await agree(privateKey, theirs).catch((error: unknown) => {
    if (error instanceof LowOrderPointError) throw new LinkError('lowOrderPoint', error.message)
    throw error
  })
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
  const info = concatBytes(INFO, ephemeral, recipient)
  const salt = new Uint8Array(32)
  const bits = new Uint8Array(
    await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, material, (32 + 12) * 8),
  )
  const key = await crypto.subtle.importKey('raw', bits.subarray(0, 32), 'AES-GCM', false, ['encrypt', 'decrypt'])
  return { key, nonce: bits.slice(32) }
}

/** Seals `bytes` to the key that the new device shows. */
export async function sealLink(publicKey: Uint8Array, bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (publicKey.length !== 32) throw new LinkError('malformed', 'A link key has 32 octets.')
  const ephemeral = await createLinkKey()
  const { key, nonce } = await deriveKey(ephemeral.privateKey, publicKey, ephemeral.publicKey, publicKey)
  const header = concatBytes(Uint8Array.of(VERSION), ephemeral.publicKey)
  const parameters = { name: 'AES-GCM', iv: nonce, additionalData: header }
  const ciphertext = await crypto.subtle.encrypt(parameters, key, Uint8Array.from(bytes))
  return concatBytes(header, new Uint8Array(ciphertext))
}

/** Opens what {@link sealLink} sealed to this key. `sealed` is attacker-controlled; throws {@link LinkError} and nothing else. */
export async function openLink(linkKey: LinkKey, sealed: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (sealed.length < HEADER_LENGTH + TAG_LENGTH || sealed[0] !== VERSION) {
    throw new LinkError('malformed', 'Not a sealed link bundle.')
  }
  const header = Uint8Array.from(sealed.subarray(0, HEADER_LENGTH))
  const ephemeral = header.subarray(1)
  const { key, nonce } = await deriveKey(linkKey.privateKey, ephemeral, ephemeral, linkKey.publicKey)
  const parameters = { name: 'AES-GCM', iv: nonce, additionalData: header }
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, Uint8Array.from(sealed.subarray(HEADER_LENGTH))))
  } catch {
    throw new LinkError('badSeal', 'The link bundle was altered, or is sealed to another key.')
  }
}
