/** The octets of an entry that its hash is over. The trigger `audit_chain` computes the same in SQL. */

import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8 } from '#protocol/bytes.ts'
import type { AuditEntry } from './events.ts'

/** An entry in its place. */
export interface ChainedEntry extends Omit<AuditEntry, 'type'> {
  readonly type: string
  readonly seq: number
  /** `2026-11-22` */
  readonly day: string
  /** 32 octets. */
  readonly previous: Uint8Array
  /** 32 octets. */
  readonly hash: Uint8Array
}

const LABEL = 'SilentRelay audit entry v1\n'

/** What the first entry has as the hash before. */
export const CHAIN_START: Uint8Array = new Uint8Array(32)

function int64(value: number): Uint8Array {
  const octets = new Uint8Array(8)
  new DataView(octets.buffer).setBigInt64(0, BigInt(value))
  return octets
}

/** Length (four octets, big-endian) and UTF-8. */
function field(text: string): Uint8Array {
  const octets = utf8(text)
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, octets.length)
  return concatBytes(length, octets)
}

/**
 * label ‖ seq ‖ at ‖ previous ‖ day ‖ id ‖ type ‖ actor ‖ subject ‖ correlation id ‖ details, with integers as eight
 * octets, big-endian, and each text after its length.
 */
export function entryOctets(entry: Omit<ChainedEntry, 'hash'>): Uint8Array<ArrayBuffer> {
  const { seq, at, previous, day, id, type, actor, subject, correlationId, details } = entry
  const texts = [day, id, type, actor, subject, correlationId, details]
  return concatBytes(utf8(LABEL), int64(seq), int64(at), previous, ...texts.map(field))
}

/** The entry's hash, as it ought to be. */
export function entryHash(entry: Omit<ChainedEntry, 'hash'>): Uint8Array {
  return sha256(entryOctets(entry))
}
