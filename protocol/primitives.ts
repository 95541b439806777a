/** The schemas that frames and bodies are made of. */

import * as v from 'valibot'
import { base64urlByteLength } from './bytes.ts'
import { LIMITS } from './limits.ts'

/** Canonical base64url: no padding, no length of 1 modulo 4, and no bits set beyond the last octet (RFC 4648 section 3.5). */
function isCanonicalBase64url(text: string): boolean {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return false
  const spare = text.length % 4
  if (spare === 0) return true
  const last = text.at(-1) ?? ''
  return spare === 2 ? 'AQgw'.includes(last) : spare === 3 && 'AEIMQUYcgkosw048'.includes(last)
}

const base64url = v.pipe(v.string(), v.check(isCanonicalBase64url, 'not canonical base64url'))

/** base64url of exactly `length` octets. */
export function bytesOf(length: number) {
  return v.pipe(base64url, v.length(Math.ceil((length * 4) / 3), `not ${length} octets`))
}

/** base64url of `min` to `max` octets. */
export function bytesUpTo(max: number, min = 1) {
  return v.pipe(
    base64url,
    v.check(
      (text) => base64urlByteLength(text) >= min && base64urlByteLength(text) <= max,
      `not ${min} to ${max} octets`,
    ),
  )
}

/** An integer from `min` to `max`. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  return v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max))
}

/** An array with at least `min` and at most `max` items. */
export function listOf<const TItem extends v.GenericSchema>(item: TItem, max: number, min = 0) {
  return v.pipe(v.array(item), v.minLength(min), v.maxLength(max))
}

/** An account: 128 random bits. */
export const AccountId = bytesOf(16)
export type AccountId = v.InferOutput<typeof AccountId>

/** A message: 128 random bits, drawn by its sender and kept on every retry. */
export const MessageId = bytesOf(16)
export type MessageId = v.InferOutput<typeof MessageId>

/** One life of an object's storage: 128 random bits, new when an inbox was lost and rebuilt. */
export const Incarnation = bytesOf(16)
export type Incarnation = v.InferOutput<typeof Incarnation>

/** A device within its account. Given by the account's devices, never reused. */
export const DeviceId = integer(1, LIMITS.deviceId)
export type DeviceId = v.InferOutput<typeof DeviceId>

/** libsignal's registration id: tells a device that was set up anew from its former self. */
export const RegistrationId = integer(1, LIMITS.registrationId)

/** Position in a device's inbox, from 1, without gaps. 0 stands before the first. */
export const Seq = integer(0)

/** Milliseconds since 1970-01-01T00:00Z by the relay's clock. */
export const Timestamp = integer(0)

/** A Signal public key: 0x05 and 32 octets of X25519. */
export const SignalPublicKey = bytesOf(33)

/** An XEdDSA or Ed25519 signature. */
export const Signature = bytesOf(64)

/** A device's Ed25519 public key. */
export const DeviceKey = bytesOf(32)

/** An X-Wing public key: 1,184 octets of ML-KEM-768 and 32 of X25519. */
export const SealingKey = bytesOf(1_216)

/** An account and one of its devices. */
export const DeviceAddress = v.strictObject({ account: AccountId, device: DeviceId })
export type DeviceAddress = v.InferOutput<typeof DeviceAddress>
