/**
 * Ratchets without cryptography, for properties of the engine: they count. A message whose number was used before, whose
 * session is not known, or whose one-time prekey is gone is refused as the real ones refuse it, in microseconds. What
 * they can read of each other is in the clear.
 */

import { fromBase64url, fromUtf8, randomBytes, toBase64url, utf8 } from '#protocol/bytes.ts'
import { concatBytes } from '#protocol/bytes.ts'
import { DuplicateMessageError, NoSessionError, UnknownPrekeyError } from '../../crypto/errors.ts'
import type { Address, RatchetChanges, RatchetReader } from '../../crypto/ratchet.ts'
import type { Cipher } from '../cipher.ts'

interface ToySession {
  /** Which of its two ends this is: registration ids may coincide. */
  end: 'starter' | 'answerer'
  registrationId: number
  next: number
  read: number[]
  /** Names the prekeys until the other side has answered. */
  prekey?: { oneTime?: number }
}
interface ToyRecord {
  current: string
  sessions: Record<string, ToySession>
}
export interface ToyMessage {
  sid: string
  end: 'starter' | 'answerer'
  by: number
  n: number
  oneTime?: number
  text: string
}

function changed(address: Address, record: ToyRecord, consumed: number[] = []): RatchetChanges {
  return { sessions: [{ address, record: JSON.stringify(record) }], trustedIdentities: [], consumedPrekeys: consumed }
}

async function read(reader: RatchetReader, address: Address): Promise<ToyRecord | undefined> {
  const text = await reader.session(address)
  return text === undefined ? undefined : (JSON.parse(text) as ToyRecord)
}

/** What a body says: to look for reuse in what a relay saw. */
export function openToyBody(body: Uint8Array): ToyMessage {
  return JSON.parse(fromUtf8(body.subarray(1))) as ToyMessage
}

export const toyCipher: Cipher = {
  async startSession(reader, address, bundle) {
    const record = (await read(reader, address)) ?? { current: '', sessions: {} }
    const sid = toBase64url(randomBytes(9))
    const { registrationId, oneTimePrekey } = bundle
    const prekey = oneTimePrekey === undefined ? {} : { oneTime: oneTimePrekey.id }
    record.sessions[sid] = { end: 'starter', registrationId, next: 0, read: [], prekey }
    record.current = sid
    return changed(address, record)
  },

  async encrypt(reader, address, plaintext) {
    const record = await read(reader, address)
    const session = record?.sessions[record.current]
    if (record === undefined || session === undefined) throw new NoSessionError()
    const message: ToyMessage = {
      sid: record.current,
      end: session.end,
      by: reader.registrationId,
      n: session.next,
      ...session.prekey,
      text: toBase64url(plaintext),
    }
    session.next += 1
    const type = session.prekey === undefined ? 1 : 3
    return { body: concatBytes(Uint8Array.of(type), utf8(JSON.stringify(message))), changes: changed(address, record) }
  },

  async decrypt(reader, address, body) {
    const { sid, by, n, oneTime, text } = openToyBody(body)
    const record = (await read(reader, address)) ?? { current: '', sessions: {} }
    const consumed: number[] = []
    let session = record.sessions[sid]
    if (session === undefined) {
      if (body[0] !== 3) throw new NoSessionError()
      if (oneTime !== undefined) {
        if ((await reader.oneTimePrekey(oneTime)) === undefined) throw new UnknownPrekeyError()
        consumed.push(oneTime)
      }
      session = { end: 'answerer', registrationId: by, next: 0, read: [] }
      record.sessions[sid] = session
      record.current = sid
    }
    if (session.read.includes(n)) throw new DuplicateMessageError()
    session.read.push(n)
    delete session.prekey
    return { plaintext: fromBase64url(text), changes: changed(address, record, consumed) }
  },

  hasOpenSession: (record) => (JSON.parse(record) as ToyRecord).current !== '',
  remoteRegistrationId: (record) => {
    const { current, sessions } = JSON.parse(record) as ToyRecord
    return sessions[current]?.registrationId
  },
}
