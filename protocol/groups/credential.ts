/** Who an MLS leaf is: the identity of a basic credential (RFC 9420 section 5.3), bound to the account's device list. */

import { concatBytes, fromBase64url, toBase64url, utf8 } from '../bytes.ts'
import type { DeviceAddress } from '../primitives.ts'

const ACCOUNT_LENGTH = 16
const DEVICE_LENGTH = 2
const SIGNATURE_LENGTH = 64

/** What a device key signs in order to vouch for a leaf's Ed25519 signature key. */
export function leafSigningInput({ account, device }: DeviceAddress, leafKey: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(utf8(`SilentRelay MLS leaf v1\0${account}\0${device}\0`), leafKey)
}

/** A credential's identity: account, device (big-endian), and the device key's signature over {@link leafSigningInput}. */
export function credentialIdentity({ account, device }: DeviceAddress, signature: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(fromBase64url(account), Uint8Array.of(device >> 8, device & 0xff), signature)
}

/** Parses a credential's identity, which another member wrote. `undefined` when it is none of ours. */
export function readCredentialIdentity(
  identity: Uint8Array,
): { readonly address: DeviceAddress; readonly signature: Uint8Array<ArrayBuffer> } | undefined {
  if (identity.length !== ACCOUNT_LENGTH + DEVICE_LENGTH + SIGNATURE_LENGTH) return undefined
  const [high = 0, low = 0] = identity.subarray(ACCOUNT_LENGTH, ACCOUNT_LENGTH + DEVICE_LENGTH)
  const device = (high << 8) | low
  if (device === 0) return undefined
  return {
    address: { account: toBase64url(identity.subarray(0, ACCOUNT_LENGTH)), device },
    signature: identity.slice(ACCOUNT_LENGTH + DEVICE_LENGTH),
  }
}
