import * as v from 'valibot'
import { SignedDeviceList } from '../device-list.ts'
import { ERROR_CODES } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { PrekeyBundle } from '../prekeys.ts'
import { AccountId, DeviceId, MessageId, RegistrationId, Timestamp, bytesUpTo, integer, listOf } from '../primitives.ts'

/** Ciphertext for one device: one type octet and the message (see SPEC, "Bodies"). */
export const Body = bytesUpTo(LIMITS.envelopeBytes)

export const Envelope = v.strictObject({ device: DeviceId, registrationId: RegistrationId, body: Body })
export type Envelope = v.InferOutput<typeof Envelope>

/** One message to one account: an envelope for each of its devices (for the own account: for each other device). */
export const OutgoingMessage = v.strictObject({
  messageId: MessageId,
  to: AccountId,
  /** Version of the recipient's device list that the envelopes were made for. 0 when none is known. */
  deviceListVersion: integer(0),
  envelopes: v.pipe(
    listOf(Envelope, LIMITS.devices),
    v.check((items) => new Set(items.map((item) => item.device)).size === items.length, 'a device twice'),
  ),
  /** Deliver to connected devices or drop: never stored, never pushed. */
  ephemeral: v.optional(v.boolean()),
  /** May wake a sleeping device. */
  urgent: v.optional(v.boolean()),
})
export type OutgoingMessage = v.InferOutput<typeof OutgoingMessage>

export const Send = v.strictObject({
  type: v.literal('send'),
  messages: listOf(OutgoingMessage, LIMITS.messagesPerSend, 1),
})
export type Send = v.InferOutput<typeof Send>

/** These messages are durable (or, if ephemeral, were passed on). Also the answer to a repeated one. */
export const Accepted = v.object({ type: v.literal('accepted'), at: Timestamp, messageIds: v.array(MessageId) })
export type Accepted = v.InferOutput<typeof Accepted>

/** The envelopes did not match the recipient's devices. Carries all that one retry needs. */
export const Mismatch = v.object({
  type: v.literal('mismatch'),
  messageId: MessageId,
  to: AccountId,
  /** Devices that got no envelope. */
  missing: v.array(DeviceId),
  /** Devices that are no more. */
  extra: v.array(DeviceId),
  /** Devices that were set up anew (another registration id). */
  stale: v.array(DeviceId),
  deviceList: SignedDeviceList,
  /** Bundles of the missing and stale devices. */
  bundles: v.array(PrekeyBundle),
})
export type Mismatch = v.InferOutput<typeof Mismatch>

/** The message was not stored, for the reason named. */
export const Rejected = v.object({
  type: v.literal('rejected'),
  messageId: MessageId,
  code: v.picklist(ERROR_CODES),
  retryAfterMs: v.optional(integer(0)),
})
export type Rejected = v.InferOutput<typeof Rejected>
