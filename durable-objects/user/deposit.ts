/** Taking messages in: one transaction for all that arrived together. */

import type { DeliveredEnvelope } from '#protocol/frames/deliver.ts'
import { base64urlByteLength } from '#protocol/bytes.ts'
import type { RetryCode } from '#protocol/errors.ts'
import type { Mismatch, OutgoingMessage } from '#protocol/frames/send.ts'
import type { DeviceRecord } from '#protocol/device-list.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { Account } from './account.ts'
import { type Deduplication, payloadHash } from './deduplication.ts'
import { matchDevices } from './device-list-rules.ts'
import type { Inboxes } from './inbox.ts'
import type { PrekeyDesk } from './prekey-desk.ts'
import type { Prekeys } from './prekeys.ts'

/** What became of one message. */
export type DepositOutcome =
  | { readonly kind: 'accepted'; readonly messageId: string; readonly at: number }
  | { readonly kind: 'mismatch'; readonly mismatch: Mismatch }
  | {
      readonly kind: 'rejected'
      readonly messageId: string
      readonly code: RetryCode | 'messageIdReused' | 'unknownRecipient'
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
  const deliveries: Deliveries = { stored: new Map(), ephemeral: new Map() }
  const touched = new Set<number>()
  const recipients = recipientsFor(parts.account, from)
  const outcomes = messages.map((message) => depositOne(parts, from, recipients, message, now, deliveries, touched))
  parts.inboxes.saveSeqs(touched)
  return { outcomes, deliveries }
}

/** All devices; for the own account, all but the sending one. */
function recipientsFor(account: Account, from: DeviceAddress): readonly DeviceRecord[] {
  const { devices } = account.list
  return account.id === from.account ? devices.filter(({ id }) => id !== from.device) : devices
}

function depositOne(
  { account, inboxes, deduplication, prekeys, prekeyDesk }: DepositParts,
  from: DeviceAddress,
  recipients: readonly DeviceRecord[],
  message: OutgoingMessage,
  now: number,
  deliveries: Deliveries,
  touched: Set<number>,
): DepositOutcome {
  const { messageId, envelopes, urgent = false } = message
  const hash = message.ephemeral ? '' : payloadHash(from, message)
  const seen = message.ephemeral ? 'new' : deduplication.seen(messageId, hash)
  if (seen === 'same') return { kind: 'accepted', messageId, at: now }
  if (seen === 'other') return { kind: 'rejected', messageId, code: 'messageIdReused' }

  const difference = matchDevices(recipients, envelopes)
  // Nobody can encrypt for a device without a signed prekey, as after its object lost its storage: the message goes to the
  // others, and the device learns of the gap. It must not keep a whole account from being reached.
  const unreachable = (difference?.missing ?? []).filter((id) => prekeys.status(id).signedPrekeyId === undefined)
  if (
    difference &&
    unreachable.length < difference.missing.length + difference.extra.length + difference.stale.length
  ) {
    const missing = difference.missing.filter((id) => !unreachable.includes(id))
    return {
      kind: 'mismatch',
      mismatch: {
        type: 'mismatch',
        messageId,
        to: account.id,
        missing,
        extra: [...difference.extra],
        stale: [...difference.stale],
        deviceList: account.signedList,
        bundles: prekeyDesk.bundles(from.account, [...missing, ...difference.stale], now),
      },
    }
  }
  if (unreachable.length > 0 && envelopes.length === 0)
    return { kind: 'rejected', messageId, code: 'prekeysUnavailable' }

  if (message.ephemeral) {
    for (const { device, body } of envelopes) push(deliveries.ephemeral, device, { messageId, from, at: now, body })
    return { kind: 'accepted', messageId, at: now }
  }

  // A device that is never switched on again must not cost the others their messages: only when nobody has room is the
  // message refused; a single full inbox gets a gap.
  const fits = envelopes.map(({ device, body }) => inboxes.hasRoom(device, base64urlByteLength(body)))
  if (envelopes.length > 0 && !fits.includes(true)) return { kind: 'rejected', messageId, code: 'quotaExceeded' }
  deduplication.record(messageId, hash, now)
  for (const [at, { device, body }] of envelopes.entries()) {
    touched.add(device)
    if (fits[at]) push(deliveries.stored, device, inboxes.append(device, { messageId, from, body, urgent }, now))
    else inboxes.skip(device, 'overflow')
  }
  for (const device of unreachable) {
    touched.add(device)
    inboxes.skip(device, 'noPrekeys')
  }
  return { kind: 'accepted', messageId, at: now }
}

function push<T>(lists: Map<number, T[]>, device: number, item: T): void {
  const list = lists.get(device)
  if (list) list.push(item)
  else lists.set(device, [item])
}
