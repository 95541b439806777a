/**
 * The two Signal messages, version 3, parsed before the library sees them: it checks neither lengths nor the low nibble
 * of the version, which no MAC covers on its side.
 *
 *     message  = 0x33 ‖ protobuf {1 ratchetKey, 2 counter, 3 previousCounter, 4 ciphertext} ‖ MAC (8)
 *     prekey   = 0x33 ‖ protobuf {1 preKeyId?, 2 baseKey, 3 identityKey, 4 message, 5 registrationId, 6 signedPreKeyId}
 */

import { concatBytes } from '#protocol/bytes.ts'
import { BadVersionError, MalformedMessageError } from './errors.ts'
import { type Fields, readFields, writeFields } from './protobuf.ts'

/** First octet of our bodies. Signal's native library numbers the first of them 2. */
export const MESSAGE_TYPE = { message: 1, prekey: 3 } as const

/** Version 3, in a conversation that speaks at most version 3. */
const VERSION = 0x33
const MAC_LENGTH = 8
const AES_BLOCK = 16

/** A message of a session that exists. */
export interface RatchetMessage {
  ratchetKey: Uint8Array<ArrayBuffer>
  counter: number
  previousCounter: number
}

/** A message that starts a session, and carries a first one. */
export interface PrekeyMessage {
  registrationId: number
  prekeyId: number | undefined
  signedPrekeyId: number
  baseKey: Uint8Array<ArrayBuffer>
  identityKey: Uint8Array<ArrayBuffer>
  inner: RatchetMessage
}

function uint32(fields: Fields, number: number): number {
  const value = fields.get(number)
  if (typeof value !== 'number') throw new MalformedMessageError('a field is missing')
  return value
}

function octets(fields: Fields, number: number): Uint8Array<ArrayBuffer> {
  const value = fields.get(number)
  if (!(value instanceof Uint8Array)) throw new MalformedMessageError('a field is missing')
  return value
}

function publicKey(fields: Fields, number: number): Uint8Array<ArrayBuffer> {
  const key = octets(fields, number)
  if (key.length !== 33 || key[0] !== 5) throw new MalformedMessageError('not a public key')
  return key
}

function checkVersion(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new MalformedMessageError('empty')
  if (bytes[0] !== VERSION) throw new BadVersionError()
}

/** Parses a message without its type octet. Says nothing about its MAC. */
export function parseMessage(bytes: Uint8Array): RatchetMessage {
  checkVersion(bytes)
  if (bytes.length < 1 + MAC_LENGTH) throw new MalformedMessageError('cut off')
  const fields = readFields(bytes.subarray(1, -MAC_LENGTH), { 1: 'bytes', 2: 'uint32', 3: 'uint32', 4: 'bytes' })
  const ciphertext = octets(fields, 4)
  if (ciphertext.length === 0 || ciphertext.length % AES_BLOCK !== 0) {
    throw new MalformedMessageError('the ciphertext is not whole blocks')
  }
  return { ratchetKey: publicKey(fields, 1), counter: uint32(fields, 2), previousCounter: uint32(fields, 3) }
}

const PREKEY_SHAPE = { 1: 'uint32', 2: 'bytes', 3: 'bytes', 4: 'bytes', 5: 'uint32', 6: 'uint32' } as const

/** Parses a prekey message, and the message within, without the type octet. */
export function parsePrekeyMessage(bytes: Uint8Array): PrekeyMessage {
  checkVersion(bytes)
  const fields = readFields(bytes.subarray(1), PREKEY_SHAPE)
  const prekeyId = fields.has(1) ? uint32(fields, 1) : undefined
  // Key ids start at 1: a 0 is the library's way to say "none", which Signal's own reads as the key number 0.
  if (prekeyId === 0) throw new MalformedMessageError('prekey id 0')
  return {
    registrationId: uint32(fields, 5),
    prekeyId,
    signedPrekeyId: uint32(fields, 6),
    baseKey: publicKey(fields, 2),
    identityKey: publicKey(fields, 3),
    inner: parseMessage(octets(fields, 4)),
  }
}

/** The library's prekey message with a `preKeyId` of 0 left out. Its outer layer is not authenticated, so that this is allowed. */
export function omitZeroPrekeyId(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const fields = readFields(bytes.subarray(1), PREKEY_SHAPE)
  const prekeyId = fields.get(1)
  return concatBytes(
    bytes.subarray(0, 1),
    writeFields([
      [1, prekeyId === 0 ? undefined : prekeyId],
      [2, fields.get(2)],
      [3, fields.get(3)],
      [4, fields.get(4)],
      [5, fields.get(5)],
      [6, fields.get(6)],
    ]),
  )
}
