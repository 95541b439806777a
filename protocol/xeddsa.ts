/**
 * XEdDSA over Curve25519, verification (Signal, "The XEdDSA and VXEdDSA Signature Schemes", revision 1). Identity keys
 * are X25519 keys, and sign device lists and signed prekeys. Signing needs a private key: it stands in the SDK.
 *
 * Signal's implementations differ from the specification in one point: they do not force the sign of the Edwards key
 * to 0 but carry it in the signature's topmost bit, which is 0 otherwise. Both forms verify here.
 */

import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, equalBytes, utf8 } from './bytes.ts'

const { Point } = ed25519
const { Fp, Fn } = Point

/** First octet of a serialised public key: the type "Curve25519". */
const KEY_TYPE = 0x05

/** Keeps a device list's signature from being taken for any other: a signed prekey's input starts with 0x05. */
const DEVICE_LIST_CONTEXT = concatBytes(utf8('SilentRelay device list v1'), Uint8Array.of(0))

/** What the identity key signs for a device list: the context, a zero octet, the list's octets. */
export function deviceListSigningInput(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(DEVICE_LIST_CONTEXT, bytes)
}

/** A little-endian number. Inputs are public. */
export function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, octet) => (sum << 8n) | BigInt(octet), 0n)
}

/** SHA-512 of `parts`, as a scalar modulo the group's order. */
export function hashToScalar(...parts: readonly Uint8Array[]): bigint {
  return Fn.create(littleEndian(sha512(concatBytes(...parts))))
}

/**
 * The Edwards point with the sign bit `sign` for the Montgomery coordinate in `key` (XEdDSA section 2.3).
 * `undefined` when there is none, or when it has small order: every signature of such a "key" would be a forgery.
 */
function edwardsPoint(key: Uint8Array, sign: number): InstanceType<typeof Point> | undefined {
  const u = littleEndian(key)
  // A coordinate of p or more is a second spelling of a key, and u = -1 has no image.
  if (u >= Fp.ORDER - 1n) return undefined
  const encoded = Fp.toBytes(Fp.mul(Fp.sub(u, 1n), Fp.inv(Fp.add(u, 1n))))
  encoded[31] = (encoded[31] ?? 0) | sign
  const point = Point.fromBytes(encoded)
  return point.isSmallOrder() ? undefined : point
}

function verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const sign = (signature[63] ?? 0) & 0x80
  const commitment = signature.slice(0, 32)
  const scalar = signature.slice(32)
  scalar[31] = (scalar[31] ?? 0) & 0x7f
  const s = littleEndian(scalar)
  // A scalar that is not reduced would be a second signature for the same message.
  if (s >= Fn.ORDER) return false
  const point = edwardsPoint(key, sign)
  if (point === undefined) return false
  const challenge = hashToScalar(commitment, point.toBytes(), message)
  const expected = Point.BASE.multiplyUnsafe(s).subtract(point.multiplyUnsafe(challenge)).toBytes()
  return equalBytes(expected, commitment)
}

/**
 * Whether `signature` (64 octets) of `message` was made with the private key of `publicKey` (33 octets: 0x05 and the
 * X25519 key). Takes about 2 ms. All three are attacker-controlled: anything that is not in form is simply not valid.
 */
export function verifyXeddsa(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 33 || publicKey[0] !== KEY_TYPE || signature.length !== 64) return false
  try {
    return verify(publicKey.subarray(1), message, signature)
  } catch {
    // The key is a point of the twist: no Edwards point has this coordinate.
    return false
  }
}
