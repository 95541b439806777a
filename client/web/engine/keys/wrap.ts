/** One key wrapped by another: AES-256-GCM over 32 octets. */

import { randomBytes, utf8 } from '#protocol/bytes.ts'

export interface Wrapped {
  readonly iv: Uint8Array<ArrayBuffer>
  readonly octets: Uint8Array<ArrayBuffer>
}

/** What wraps. Bound into the wrapping: one kind does not open as another. */
export type WrapKind = 'device' | 'passphrase' | 'passkey' | 'recoveryKey'

function parameters(kind: WrapKind, iv: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: utf8(`silentrelay data key v1\0${kind}`) }
}

export async function wrapKey(kind: WrapKind, by: CryptoKey, key: Uint8Array<ArrayBuffer>): Promise<Wrapped> {
  const iv = randomBytes(12)
  return { iv, octets: new Uint8Array(await crypto.subtle.encrypt(parameters(kind, iv), by, key)) }
}

/** `undefined` when `by` is not the key that wrapped it. */
export async function unwrapKey(
  kind: WrapKind,
  by: CryptoKey,
  { iv, octets }: Wrapped,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters(kind, iv), by, octets))
  } catch {
    return undefined
  }
}

/** A wrapping key of 32 derived octets, which are erased. */
export async function wrappingKey(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const key = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt', 'decrypt'])
  secret.fill(0)
  return key
}

/** A wrapping key that can be used in this browser profile and not be copied out of it. */
export function deviceWrappingKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}
