/** XEdDSA signing (XEdDSA specification, section 3). Verification is `protocol/xeddsa.ts`. */

import { ed25519 } from '@noble/curves/ed25519.js'
import { concatBytes, randomBytes } from '#protocol/bytes.ts'
import { hashToScalar, littleEndian } from '#protocol/xeddsa.ts'
import { clampPrivateKey } from './x25519.ts'

const { Point } = ed25519
const { Fn } = Point

/** `hash1` of the specification: 2^256 - 2 in little-endian, so that it never collides with a hash of a point. */
const HASH1_PREFIX = new Uint8Array(32).fill(0xff)
HASH1_PREFIX[0] = 0xfe

/**
 * The 64-octet signature of `message` under a 32-octet X25519 private key. Takes about 1 ms. Randomised: two signatures
 * of one message differ. Big integers are not constant-time; identity keys sign rarely, and never at an attacker's demand.
 */
export function signXeddsa(privateKey: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer> {
  const montgomery = Fn.create(littleEndian(clampPrivateKey(privateKey)))
  const publicPoint = Point.BASE.multiply(montgomery)
  const encoded = publicPoint.toBytes()
  // The specification's key pair has sign 0: negate both halves where it has not.
  const negative = ((encoded[31] ?? 0) & 0x80) !== 0
  const a = negative ? Fn.neg(montgomery) : montgomery
  encoded[31] = (encoded[31] ?? 0) & 0x7f
  const r = hashToScalar(HASH1_PREFIX, Fn.toBytes(a), message, randomBytes(64))
  const commitment = Point.BASE.multiply(r).toBytes()
  const h = hashToScalar(commitment, encoded, message)
  return concatBytes(commitment, Fn.toBytes(Fn.add(r, Fn.mul(h, a))))
}
