/** The identity key's signature over a device list's octets, with a context of its own. */

import { deviceListSigningInput, verifyXeddsa } from '#protocol/xeddsa.ts'
import type { KeyPair } from './keys.ts'
import { signXeddsa } from './xeddsa-sign.ts'

/** 64 octets. */
export function signDeviceList(identity: KeyPair, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return signXeddsa(identity.privateKey, deviceListSigningInput(bytes))
}

/** Whether `identityKey` (33 octets) signed this list. */
export function verifyDeviceList(identityKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  return verifyXeddsa(identityKey, deviceListSigningInput(bytes), signature)
}
