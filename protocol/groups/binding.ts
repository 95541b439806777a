/**
 * What a group message authenticates beside its content (MLS's `authenticated_data`, RFC 9420 section 6.3.1): so a relay
 * cannot give it another id, or another change, nor show members different histories without their noticing.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, fromBase64url, utf8 } from '../bytes.ts'
import { type GroupChange, changeOctets } from './change.ts'

const ID_LENGTH = 16
const HASH_LENGTH = 32
const COUNT_LENGTH = 4

/** The `authenticated_data` of a commit: its message id, and a hash of what it says openly. */
export function commitBinding(messageId: string, change: GroupChange): Uint8Array<ArrayBuffer> {
  return concatBytes(fromBase64url(messageId), sha256(changeOctets(change)))
}

/** A position in the messages of one epoch: how many there were, and their hash chain. */
export interface HistoryPoint {
  readonly count: number
  /** 32 octets. */
  readonly chain: Uint8Array
}

/** Before the first message of an epoch. */
export function historyStart(group: string, epoch: number): HistoryPoint {
  const chain = sha256(concatBytes(utf8('SilentRelay group history v1\0'), fromBase64url(group), utf8(String(epoch))))
  return { count: 0, chain }
}

/** After one more message. `body` is the octets of its entry. */
export function historyAfter({ count, chain }: HistoryPoint, messageId: string, body: Uint8Array): HistoryPoint {
  return { count: count + 1, chain: sha256(concatBytes(chain, fromBase64url(messageId), sha256(body))) }
}

/** The former chain of somebody who knows none. */
const NO_FORMER = new Uint8Array(HASH_LENGTH)

/**
 * The former chain of the next epoch: how the latest epoch ended in which there was a message. So what was kept back at an
 * epoch's end shows in the next one, and two histories that parted once meet again after it.
 *
 * @param end of the epoch that ends
 * @param former of the epoch that ends; `undefined` when that is not known
 */
export function formerAfter(end: HistoryPoint, former: Uint8Array | undefined): Uint8Array | undefined {
  return end.count > 0 ? end.chain : former
}

/** The `authenticated_data` of a message: its id, the history of the epoch that its author had seen, and the former chain. */
export function messageBinding(
  messageId: string,
  { count, chain }: HistoryPoint,
  former: Uint8Array | undefined,
): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(COUNT_LENGTH)
  new DataView(octets.buffer).setUint32(0, count)
  return concatBytes(fromBase64url(messageId), octets, chain, former ?? NO_FORMER)
}

/** What {@link messageBinding} wrote. `undefined` for octets of another form. */
export function readMessageBinding(
  octets: Uint8Array,
): { messageId: Uint8Array; seen: HistoryPoint; former: Uint8Array | undefined } | undefined {
  if (octets.length !== ID_LENGTH + COUNT_LENGTH + 2 * HASH_LENGTH) return undefined
  const former = octets.subarray(-HASH_LENGTH)
  const count = new DataView(octets.buffer, octets.byteOffset + ID_LENGTH, COUNT_LENGTH).getUint32(0)
  return {
    messageId: octets.subarray(0, ID_LENGTH),
    seen: { count, chain: octets.subarray(ID_LENGTH + COUNT_LENGTH, -HASH_LENGTH) },
    former: former.every((octet) => octet === 0) ? undefined : former,
  }
}
