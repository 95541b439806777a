/**
 * The octets of a sealed envelope. What encrypts them is the SDK's (`client/sdk/crypto/sealing.ts`); a relay needs none of
 * this.
 *
 *     body      = type 0x06 ‖ key hint (4) ‖ X-Wing ciphertext (1,120) ‖ AES-256-GCM ciphertext and tag
 *     plaintext = sender certificate (132) ‖ body of one of the other types ‖ 0x80 ‖ zeros up to the next bucket
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, equalBytes, fromBase64url, toBase64url, utf8 } from '../bytes.ts'
import { padTo, unpad } from '../content/padding.ts'
import { SEALED_BUCKETS } from '../limits.ts'
import type { AccountId, DeviceId, MessageId } from '../primitives.ts'
import { CERTIFICATE_BYTES } from './certificate.ts'

/** First octet of a sealed body. */
export const SEALED_TYPE = 0x06
/** Octets of the encapsulated key (RFC 9180, `enc`). */
export const ENCAPSULATED_BYTES = 1_120
/** Octets by which the AEAD lengthens its plaintext. */
const TAG_BYTES = 16
const HINT_BYTES = 4
const HEAD_BYTES = 1 + HINT_BYTES + ENCAPSULATED_BYTES

/** Octets of a body that one envelope may seal, type octet included. */
export const MAX_SEALED_MESSAGE_BYTES = (SEALED_BUCKETS.at(-1) ?? 0) - CERTIFICATE_BYTES - 1

/** The lengths that a sealed body can have: one for each bucket. */
export const SEALED_BODY_BYTES = SEALED_BUCKETS.map((bucket) => HEAD_BYTES + bucket + TAG_BYTES)

/** What an envelope is sealed for: with any of it changed, it does not open. */
export interface SealedFor {
  readonly account: AccountId
  readonly device: DeviceId
  readonly registrationId: number
  readonly messageId: MessageId
  /** Whether it travels outside the inbox. */
  readonly ephemeral: boolean
}

/** HPKE's `info` (RFC 9180 section 5.1): keeps these keys apart from those of any other use of a sealing key. */
export function sealingInfo(): Uint8Array<ArrayBuffer> {
  return utf8('SilentRelay sealed envelope v1')
}

/** Says which of a device's sealing keys was used, since a former one lives on for a while: 4 octets of its hash. */
export function sealingKeyHint(publicKey: Uint8Array): Uint8Array {
  return sha256(publicKey).slice(0, HINT_BYTES)
}

/** What the AEAD authenticates beside the plaintext: type, key hint, and what the envelope is for. */
export function sealedAdditionalData(hint: Uint8Array, target: SealedFor): Uint8Array<ArrayBuffer> {
  const { account, device, registrationId, messageId, ephemeral } = target
  return concatBytes(
    Uint8Array.of(SEALED_TYPE),
    hint,
    fromBase64url(account),
    Uint8Array.of(device >> 8, device & 0xff, registrationId >> 8, registrationId & 0xff),
    fromBase64url(messageId),
    Uint8Array.of(ephemeral ? 1 : 0),
  )
}

/** The plaintext of an envelope, padded. `undefined` for a message over {@link MAX_SEALED_MESSAGE_BYTES}. */
export function sealedPlaintext(certificate: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  return padTo(concatBytes(certificate, message), SEALED_BUCKETS)
}

/** What {@link sealedPlaintext} wrote; `undefined` for octets of another form. Anybody may have written them. */
export function readSealedPlaintext(
  plaintext: Uint8Array,
): { readonly certificate: Uint8Array; readonly message: Uint8Array } | undefined {
  const octets = unpad(plaintext)
  if (octets === undefined || octets.length <= CERTIFICATE_BYTES) return undefined
  // One seal only: an envelope within an envelope would be a way to make readers work without end.
  if (octets[CERTIFICATE_BYTES] === SEALED_TYPE) return undefined
  return { certificate: octets.slice(0, CERTIFICATE_BYTES), message: octets.slice(CERTIFICATE_BYTES) }
}

/** Puts a sealed body together. */
export function sealedBody(
  hint: Uint8Array,
  encapsulated: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return concatBytes(Uint8Array.of(SEALED_TYPE), hint, encapsulated, ciphertext)
}

/** The parts of a sealed body. */
export interface SealedParts {
  readonly hint: Uint8Array
  readonly encapsulated: Uint8Array<ArrayBuffer>
  readonly ciphertext: Uint8Array<ArrayBuffer>
}

/** Takes a sealed body apart; `undefined` for one of another type, or of a length that no sealed body has. */
export function readSealedBody(body: Uint8Array): SealedParts | undefined {
  if (body[0] !== SEALED_TYPE || !SEALED_BODY_BYTES.includes(body.length)) return undefined
  return {
    hint: body.slice(1, 1 + HINT_BYTES),
    encapsulated: Uint8Array.from(body.subarray(1 + HINT_BYTES, HEAD_BYTES)),
    ciphertext: Uint8Array.from(body.subarray(HEAD_BYTES)),
  }
}

/** The key hint of a sealed body as it travels, in base64url; of another body it means nothing. */
export function hintOfBody(body: string): string {
  return toBase64url(fromBase64url(body.slice(0, 8)).subarray(1, 1 + HINT_BYTES))
}

/** Whether `hint` is that of the public key. */
export function isHintOf(hint: Uint8Array, publicKey: Uint8Array): boolean {
  return equalBytes(hint, sealingKeyHint(publicKey))
}
