/** X25519 (RFC 7748) by WebCrypto: some 70 times faster than compiled C in JavaScript, and constant-time. */

import { concatBytes, randomBytes } from '#protocol/bytes.ts'
import { LowOrderPointError } from './errors.ts'

/** PKCS #8 around 32 octets of X25519 private key (RFC 8410 section 7): WebCrypto imports no raw private key. */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20)

const BASE_POINT = new Uint8Array(32)
BASE_POINT[0] = 9

let basePoint: Promise<CryptoKey> | undefined

function importPublic(publicKey: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', Uint8Array.from(publicKey), 'X25519', false, [])
}

function importPrivate(privateKey: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('pkcs8', concatBytes(PKCS8_PREFIX, privateKey), 'X25519', false, ['deriveBits'])
}

async function multiply(privateKey: CryptoKey, publicKey: CryptoKey): Promise<Uint8Array<ArrayBuffer>> {
  // Named first: workerd's types spell this parameter otherwise, and tests check this file against those, too.
  const algorithm = { name: 'X25519', public: publicKey }
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, privateKey, 256))
}

/**
 * The shared secret of a private key and another's public key (32 octets each; the private key may be a WebCrypto key).
 * Throws {@link LowOrderPointError} when it is zero (RFC 7748 section 6.1): some runtimes refuse by themselves, some do not.
 */
export async function agree(
  privateKey: Uint8Array | CryptoKey,
  publicKey: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const [ours, theirs] = await Promise.all([
    privateKey instanceof Uint8Array ? importPrivate(privateKey) : privateKey,
    importPublic(publicKey),
  ])
  let secret
  try {
    secret = await multiply(ours, theirs)
  } catch {
    // Both keys were imported, so that the zero check is all that deriveBits can fail on.
    throw new LowOrderPointError()
  }
  let bits = 0
  for (const octet of secret) bits |= octet
  if (bits === 0) throw new LowOrderPointError()
  return secret
}

/** The public key (32 octets) of a private key. */
export async function publicKeyOf(privateKey: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  basePoint ??= importPublic(BASE_POINT)
  const [ours, base] = await Promise.all([importPrivate(privateKey), basePoint])
  return multiply(ours, base)
}

/** A private key, clamped (RFC 7748 section 5), so that every implementation sees the same scalar. */
export function clampPrivateKey(privateKey: Uint8Array): Uint8Array<ArrayBuffer> {
  const scalar = Uint8Array.from(privateKey)
  scalar[0] = (scalar[0] ?? 0) & 0xf8
  scalar[31] = ((scalar[31] ?? 0) & 0x7f) | 0x40
  return scalar
}

/** 32 octets, clamped. */
export function randomPrivateKey(): Uint8Array<ArrayBuffer> {
  return clampPrivateKey(randomBytes(32))
}
