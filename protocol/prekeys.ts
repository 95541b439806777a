/** Prekeys as they are uploaded and handed out (X3DH, section 3.2 of its specification). */

import * as v from 'valibot'
import { LIMITS } from './limits.ts'
import { DeviceId, RegistrationId, Signature, SignalPublicKey, integer, listOf } from './primitives.ts'

export const PrekeyId = integer(1, LIMITS.prekeyId)

export const OneTimePrekey = v.strictObject({ id: PrekeyId, publicKey: SignalPublicKey })
export type OneTimePrekey = v.InferOutput<typeof OneTimePrekey>

/** A medium-term prekey, signed (XEdDSA) by the identity key over the 33 octets of the key. */
export const SignedPrekey = v.strictObject({ id: PrekeyId, publicKey: SignalPublicKey, signature: Signature })
export type SignedPrekey = v.InferOutput<typeof SignedPrekey>

/** What a device uploads. One-time ids ascend for ever: an id that was handed out is never taken again. */
export const PrekeyUpload = v.strictObject({
  signedPrekey: v.optional(SignedPrekey),
  oneTimePrekeys: v.pipe(
    listOf(OneTimePrekey, LIMITS.oneTimePrekeysPerUpload),
    v.check((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'an id twice'),
  ),
})
export type PrekeyUpload = v.InferOutput<typeof PrekeyUpload>

/** What a device has on the relay. */
export const PrekeyStatus = v.object({
  signedPrekeyId: v.optional(PrekeyId),
  oneTimeCount: integer(0),
  /** Highest one-time id ever uploaded; ids up to it that are not counted were handed out. */
  highestOneTimeId: integer(0),
})
export type PrekeyStatus = v.InferOutput<typeof PrekeyStatus>

/** What a sender needs to start a session with one device. Keys of the identity come from the signed device list. */
export const PrekeyBundle = v.object({
  device: DeviceId,
  registrationId: RegistrationId,
  signedPrekey: SignedPrekey,
  /** Absent when none is left, or when the requester took many: X3DH works without, with less forward secrecy for the first flight. */
  oneTimePrekey: v.optional(OneTimePrekey),
})
export type PrekeyBundle = v.InferOutput<typeof PrekeyBundle>
