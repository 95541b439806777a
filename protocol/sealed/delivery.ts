/**
 * Delivery keys: 32 random octets that an account gives its contacts, end to end encrypted. Whoever has the key may
 * deliver without saying who it is. The relay keeps a verifier from which no credential can be made:
 *
 *     access   = HMAC-SHA-256(delivery key, context ‖ account)      what a delivery carries
 *     verifier = SHA-256(context ‖ access)                          what the relay has
 */

import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import * as v from 'valibot'
import { concatBytes, equalBytes, fromBase64url, randomBytes, toBase64url, utf8 } from '../bytes.ts'
import { LIMITS } from '../limits.ts'
import { type AccountId, bytesOf, integer } from '../primitives.ts'

const KEY_BYTES = 32

/** A delivery key, as contacts are given it. */
export const DeliveryKey = bytesOf(KEY_BYTES)
/** A delivery's credential. */
export const DeliveryAccess = bytesOf(32)
export const DeliveryVerifier = bytesOf(32)

/** What a device tells its relay when the account has a new key. */
export const DeliveryKeyUpdate = v.strictObject({
  /** Counts up, so that an update that comes late or twice does not undo a later one. */
  version: integer(1),
  verifier: DeliveryVerifier,
  /** Whether the former key opens for `LIMITS.deliveryKeyGrace` more. Not after somebody was blocked, who has it. */
  keepFormer: v.boolean(),
})
export type DeliveryKeyUpdate = v.InferOutput<typeof DeliveryKeyUpdate>

/** The keys that open an account's inboxes, as its relay has them. Octets are base64url. */
export interface DeliveryKeyState {
  readonly version: number
  readonly verifier: string
  /** Opens until, but not at, `formerUntil`. */
  readonly former?: string
  readonly formerUntil?: number
}

/** A new key, base64url. */
export function newDeliveryKey(): string {
  return toBase64url(randomBytes(KEY_BYTES))
}

/** What a delivery to `account` carries. Bound to the account, so that it says nothing about the key's other uses. */
export function deliveryAccess(key: string, account: AccountId): string {
  const input = concatBytes(utf8('SilentRelay delivery access v1\0'), fromBase64url(account))
  return toBase64url(hmac(sha256, fromBase64url(key), input))
}

/** What the relay keeps of a key. */
export function deliveryVerifier(access: string): string {
  return toBase64url(sha256(concatBytes(utf8('SilentRelay delivery verifier v1\0'), fromBase64url(access))))
}

/** Whether `access` opens. Takes the same time whether it does, and under which key. */
export function opensDelivery(state: DeliveryKeyState | undefined, access: string, now: number): boolean {
  const offered = fromBase64url(deliveryVerifier(access))
  // Something that nothing hashes to stands in the place of a key that there is not.
  const nothing = new Uint8Array(offered.length)
  const former = state?.formerUntil !== undefined && now < state.formerUntil ? state.former : undefined
  const isCurrent = equalBytes(offered, state === undefined ? nothing : fromBase64url(state.verifier))
  const isFormer = equalBytes(offered, former === undefined ? nothing : fromBase64url(former))
  return isCurrent || isFormer
}

/**
 * The state after an update; `undefined` when the update is older than the state, or another device was first with this
 * version. Repeating the update that is in force changes nothing.
 */
export function rotateDeliveryKey(
  state: DeliveryKeyState | undefined,
  { version, verifier, keepFormer }: DeliveryKeyUpdate,
  now: number,
): DeliveryKeyState | undefined {
  if (state !== undefined && version === state.version && verifier === state.verifier) return state
  if (state !== undefined && version <= state.version) return undefined
  if (state === undefined || !keepFormer) return { version, verifier }
  return { version, verifier, former: state.verifier, formerUntil: now + LIMITS.deliveryKeyGrace }
}
