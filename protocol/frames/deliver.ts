import * as v from 'valibot'
import { DeviceAddress, MessageId, Seq, Timestamp, integer, listOf } from '../primitives.ts'
import { LIMITS } from '../limits.ts'
import { Body } from './send.ts'

/** One envelope as its recipient gets it. `from` is what the relay vouches for; absent once senders are sealed. */
export const DeliveredEnvelope = v.object({
  seq: Seq,
  messageId: MessageId,
  from: v.optional(DeviceAddress),
  /** When it was accepted, by the recipient's relay. */
  at: Timestamp,
  body: Body,
})
export type DeliveredEnvelope = v.InferOutput<typeof DeliveredEnvelope>

/** A page of the inbox, by ascending seq. */
export const Envelopes = v.object({ type: v.literal('envelopes'), items: v.array(DeliveredEnvelope) })
export type Envelopes = v.InferOutput<typeof Envelopes>

/** Envelopes outside the inbox: no seq, no acknowledgement, gone when missed. */
export const Ephemeral = v.object({
  type: v.literal('ephemeral'),
  items: v.array(v.omit(DeliveredEnvelope, ['seq'])),
})
export type Ephemeral = v.InferOutput<typeof Ephemeral>

/** Why envelopes are missing from an inbox. */
export const GAP_REASONS = ['expired', 'overflow', 'noPrekeys', 'storageLost'] as const

/**
 * Envelopes from `from` to `to` will never come: they ran out of time, found the inbox full, could not be made because the
 * device had no signed prekey, or may have been lost with the object's storage (then seqs start anew, and `from` to `to`
 * is empty: 0 to 0).
 */
export const Gap = v.object({ type: v.literal('gap'), from: Seq, to: Seq, reason: v.picklist(GAP_REASONS) })
export type Gap = v.InferOutput<typeof Gap>

/** Everything up to `upTo` was delivered; what follows arrives as it is accepted. */
export const CaughtUp = v.object({ type: v.literal('caughtUp'), upTo: Seq })
export type CaughtUp = v.InferOutput<typeof CaughtUp>

/** The client has, durably, every envelope up to `upTo`, and those of `also`. They are deleted. */
export const Ack = v.strictObject({
  type: v.literal('ack'),
  upTo: Seq,
  also: v.optional(listOf(integer(1), LIMITS.sparseAcks)),
})
export type Ack = v.InferOutput<typeof Ack>
