/** Taking messages in: one transaction for all that arrived together. */

import type { DeliveredEnvelope } from '#protocol/frames/deliver.ts'
import { base64urlByteLength } from '#protocol/bytes.ts'
import type { RetryCode } from '#protocol/errors.ts'
import type { Envelope, Mismatch, OutgoingMessage } from '#protocol/frames/send.ts'
import type { DeviceRecord } from '#protocol/device-list.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { Account } from './account.ts'
import type { AdmissionRefusal } from './admission.ts'
import { type Deduplication, payloadHash } from './deduplication.ts'
import { matchDevices } from './device-list-rules.ts'
import type { Inboxes } from './inbox.ts'
import type { PrekeyDesk } from './prekey-desk.ts'
import type { Prekeys } from './prekeys.ts'
import type { PushDesk } from './push-desk.ts'

/** What became of one message. */
export type DepositOutcome =
  | { readonly kind: 'accepted'; readonly messageId: string; readonly at: number }
  | { readonly kind: 'mismatch'; readonly mismatch: Mismatch }
  | {
      readonly kind: 'rejected'
      readonly messageId: string
      readonly code: RetryCode | AdmissionRefusal | 'unknownRecipient'
      readonly retryAfterMs?: number
    }

/** Envelopes to push, by device. */
export interface Deliveries {
  readonly stored: Map<number, DeliveredEnvelope[]>
  readonly ephemeral: Map<number, Omit<DeliveredEnvelope, 'seq'>[]>
}

export interface DepositResult {
  readonly outcomes: readonly DepositOutcome[]
  readonly deliveries: Deliveries
}

export interface DepositParts {
  readonly account: Account
  readonly inboxes: Inboxes
  readonly deduplication: Deduplication
  readonly prekeys: Prekeys
  readonly prekeyDesk: PrekeyDesk
  readonly pushes: PushDesk
}

/** Where messages come from, as far as the relay knows, and what follows from it. */
export interface Origin {
  /** Absent when nobody said. */
  readonly from: DeviceAddress | undefined
  /** In whose name bundles are taken (P-6). */
  readonly taker: string
  /** The devices that a message has to reach. */
  readonly recipients: readonly DeviceRecord[]
  /** Whether the inbox of a device has room for this origin's envelope of so many octets. */
  readonly hasRoom: (device: number, size: number) => boolean
  /** Whether an envelope was made for its device's present keys, beside the registration id. */
  readonly isCurrent?: (envelope: Envelope) => boolean
}

/** Collects what a transaction does. */
export class DepositBatch {
  readonly deliveries: Deliveries = { stored: new Map(), ephemeral: new Map() }
  readonly #parts: DepositParts
  readonly #touched = new Set<number>()

  constructor(parts: DepositParts) {
    this.#parts = parts
  }

  /** To be called before the transaction ends. */
  finish(): void {
    this.#parts.inboxes.saveSeqs(this.#touched)
  }

  /** Stores one message whose id was not taken before; or says why not, and then nothing is stored. */
  take(origin: Origin, message: OutgoingMessage, hash: string, now: number): DepositOutcome {
    const { account, inboxes, deduplication, prekeys } = this.#parts
    const { from } = origin
    const { messageId, envelopes, urgent = false } = message
    const difference = matchDevices(origin.recipients, envelopes, origin.isCurrent)
    // Nobody can encrypt for a device without a signed prekey, as after its object lost its storage: the message goes to the
    // others, and the device learns of the gap. It must not keep a whole account from being reached.
    const unreachable = (difference?.missing ?? []).filter((id) => prekeys.status(id).signedPrekeyId === undefined)
    if (
      difference &&
      unreachable.length < difference.missing.length + difference.extra.length + difference.stale.length
    ) {
      const missing = difference.missing.filter((id) => !unreachable.includes(id))
      const { extra, stale } = difference
      // Whose registration id is right needs no new session: the sender sees in the list what changed.
      const isReset = (id: number) =>
        envelopes.find(({ device }) => device === id)?.registrationId !== account.device(id)?.registrationId
      return {
        kind: 'mismatch',
        mismatch: {
          type: 'mismatch',
          messageId,
          to: account.id,
          missing,
          extra: [...extra],
          stale: [...stale],
          deviceList: account.signedList,
          bundles: this.#parts.prekeyDesk.bundles(origin.taker, [...missing, ...stale.filter(isReset)], now),
        },
      }
    }
    if (unreachable.length > 0 && envelopes.length === 0)
      return { kind: 'rejected', messageId, code: 'prekeysUnavailable' }

    if (message.ephemeral) {
      for (const { device, body } of envelopes)
        push(this.deliveries.ephemeral, device, { messageId, ...(from && { from }), at: now, body })
      return { kind: 'accepted', messageId, at: now }
    }

    // A device that is never switched on again must not cost the others their messages: only when nobody has room is the
    // message refused; a single full inbox gets a gap.
    const fits = envelopes.map(({ device, body }) => origin.hasRoom(device, base64urlByteLength(body)))
    if (envelopes.length > 0 && !fits.includes(true)) return { kind: 'rejected', messageId, code: 'quotaExceeded' }
    deduplication.record(messageId, hash, now)
    for (const [at, { device, body }] of envelopes.entries()) {
      this.#touched.add(device)
      if (fits[at]) {
        push(this.deliveries.stored, device, inboxes.append(device, { messageId, from, body, urgent }, now))
        if (urgent) this.#parts.pushes.wait(device, now)
      } else inboxes.skip(device, 'overflow')
    }
    for (const device of unreachable) {
      this.#touched.add(device)
      inboxes.skip(device, 'noPrekeys')
    }
    return { kind: 'accepted', messageId, at: now }
  }
}

/**
 * Stores `messages` from one sender, in order. Must run in a transaction: an answer may only leave once it is durable.
 * Each message stands for itself; a refused one does not hold up the next.
 */
export function deposit(
  parts: DepositParts,
  from: DeviceAddress,
  messages: readonly OutgoingMessage[],
  now: number,
): DepositResult {
  const { account, inboxes, deduplication } = parts
  const isOwn = from.account === account.id
  const { devices } = account.list
  const origin: Origin = {
    from,
    taker: from.account,
    recipients: isOwn ? devices.filter(({ id }) => id !== from.device) : devices,
    hasRoom: (device, size) =>
      inboxes.hasRoom(device, size) && (isOwn || inboxes.leavesRoom(device, size, from.account)),
  }
  const batch = new DepositBatch(parts)
  const outcomes = messages.map((message): DepositOutcome => {
    const { messageId } = message
    const hash = message.ephemeral ? '' : payloadHash(from, message)
    const seen = message.ephemeral ? 'new' : deduplication.seen(messageId, hash)
    if (seen === 'same') return { kind: 'accepted', messageId, at: now }
    if (seen === 'other') return { kind: 'rejected', messageId, code: 'messageIdReused' }
    return batch.take(origin, message, hash, now)
  })
  batch.finish()
  return { outcomes, deliveries: batch.deliveries }
}

function push<T>(lists: Map<number, T[]>, device: number, item: T): void {
  const list = lists.get(device)
  if (list) list.push(item)
  else lists.set(device, [item])
}
