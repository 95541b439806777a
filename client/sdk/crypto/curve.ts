/** The curve that the library calls, instead of its own compiled one. */

import { verifyXeddsa } from '#protocol/xeddsa.ts'
import { BadSignatureError } from './errors.ts'
import { agree, clampPrivateKey, publicKeyOf } from './x25519.ts'
import { signXeddsa } from './xeddsa-sign.ts'

/** The library's interface (`AsyncCurve` of its curve package, which a bundle leaves out). Keys are 32 octets, without type. */
export interface Curve {
  keyPair(privateKey: ArrayBuffer): Promise<{ pubKey: ArrayBuffer; privKey: ArrayBuffer }>
  sharedSecret(publicKey: ArrayBuffer, privateKey: ArrayBuffer): Promise<ArrayBuffer>
  sign(privateKey: ArrayBuffer, message: ArrayBuffer): Promise<ArrayBuffer>
  /** `true` would mean NOT valid, the convention of the C function below the library. Ours throws instead, by name. */
  verify(publicKey: ArrayBuffer, message: ArrayBuffer, signature: ArrayBuffer): Promise<boolean>
}

/** The 33 octets of a public key: type 5 and the X25519 key. */
export function serializePublicKey(x25519: Uint8Array): Uint8Array<ArrayBuffer> {
  const serialized = new Uint8Array(33)
  serialized[0] = 5
  serialized.set(x25519, 1)
  return serialized
}

/** X25519 by WebCrypto, XEdDSA by noble-curves. Rejects with `LowOrderPointError` and `BadSignatureError`. */
export const curve: Curve = {
  async keyPair(privateKey) {
    const scalar = clampPrivateKey(new Uint8Array(privateKey))
    return { pubKey: (await publicKeyOf(scalar)).buffer, privKey: scalar.buffer }
  },
  async sharedSecret(publicKey, privateKey) {
    return (await agree(new Uint8Array(privateKey), new Uint8Array(publicKey))).buffer
  },
  async sign(privateKey, message) {
    return signXeddsa(new Uint8Array(privateKey), new Uint8Array(message)).buffer
  },
  async verify(publicKey, message, signature) {
    const key = serializePublicKey(new Uint8Array(publicKey))
    if (!verifyXeddsa(key, new Uint8Array(message), new Uint8Array(signature))) throw new BadSignatureError()
    return false
  },
}
