/**
 * VOPRF(ristretto255, SHA-512) of RFC 9497. The library has the same as `ristretto255_oprf`, in the module of the curve that every signature needs: put
 * together here, the engine's first file does not have to bring it.
 */

import { createORPF } from '@noble/curves/abstract/oprf.js'
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'

const suite = createORPF({
  name: 'ristretto255-SHA512',
  Point: ristretto255.Point,
  hash: sha512,
  hashToGroup: (message, options) => ristretto255_hasher.hashToCurve(message, options),
  hashToScalar: (message, options) => ristretto255_hasher.hashToScalar(message, options),
})

/** The library has RFC 9497's `Evaluate` also in this mode, and its types leave it out; a test holds it against the RFC's vectors. */
export const voprf = suite.voprf as typeof suite.voprf & {
  readonly evaluate: (secretKey: Uint8Array, input: Uint8Array) => Uint8Array
}
