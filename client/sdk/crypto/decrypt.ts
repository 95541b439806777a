/** The receiving step. `body` is attacker-controlled throughout. */

import {
  BadMacError,
  DecryptionError,
  DuplicateMessageError,
  IdentityChangedError,
  MalformedMessageError,
  NoSessionError,
  TooFarAheadError,
  UnknownPrekeyError,
} from './errors.ts'
import { SessionCipher, SignalProtocolAddress } from './library.ts'
import { RATCHET_LIMITS } from './limits.ts'
import { type Address, type RatchetChanges, type RatchetReader, mayTrust } from './ratchet.ts'
import {
  type RecordJson,
  candidates,
  isIdentityOf,
  isolate,
  keysToSkip,
  merge,
  parseRecord,
  prune,
  sessionByBaseKey,
} from './record.ts'
import { type StepInput, StepStorage } from './step-storage.ts'
import { MESSAGE_TYPE, parseMessage, parsePrekeyMessage } from './wire.ts'

/** A message read, and what reading it changed. */
export interface Decrypted {
  plaintext: Uint8Array<ArrayBuffer>
  changes: RatchetChanges
}

/** The library's failure by its name. Its errors are plain; a `TypeError` or the like would be a defect, and stays one. */
function named(error: unknown): unknown {
  if (error instanceof DecryptionError) return error
  if (error instanceof Error && error.name === 'MessageCounterError') return new DuplicateMessageError()
  // Plain: a wrong MAC, a key of our own sending chain, a counter past a chain's end. OperationError: AES padding.
  if (error instanceof Error && (error.name === 'Error' || error.name === 'OperationError')) return new BadMacError()
  return error
}

async function attempt(
  input: StepInput,
  type: number,
  bytes: Uint8Array,
): Promise<[Uint8Array<ArrayBuffer>, StepStorage]> {
  const { account, device } = input.address
  const storage = new StepStorage(input)
  const cipher = new SessionCipher(storage, new SignalProtocolAddress(account, device))
  const buffer = Uint8Array.from(bytes).buffer
  try {
    const plaintext =
      type === MESSAGE_TYPE.prekey
        ? await cipher.decryptPreKeyWhisperMessage(buffer)
        : await cipher.decryptWhisperMessage(buffer)
    return [new Uint8Array(plaintext), storage]
  } catch (error) {
    throw named(error)
  }
}

function serialize(record: RecordJson): string {
  return JSON.stringify(prune(record))
}

/**
 * Tries the sessions that the message may belong to, each by itself: the library would try them on one record, and a
 * session that fails is left with a ratchet stepped by a key that is not its own, then stored.
 */
async function decryptMessage(input: StepInput, bytes: Uint8Array): Promise<Decrypted> {
  const message = parseMessage(bytes)
  if (input.record === undefined) throw new NoSessionError()
  const record = parseRecord(input.record)
  let failure: unknown
  for (const key of candidates(record, message)) {
    try {
      if (keysToSkip(record.sessions[key], message) > RATCHET_LIMITS.skipPerMessage) throw new TooFarAheadError()
      const [plaintext, storage] = await attempt(
        { ...input, record: isolate(record, key) },
        MESSAGE_TYPE.message,
        bytes,
      )
      return { plaintext, changes: storage.changes(serialize(merge(record, storage.record ?? ''))) }
    } catch (error) {
      if (!(error instanceof BadMacError || error instanceof TooFarAheadError)) throw error
      failure ??= error
    }
  }
  throw failure ?? new NoSessionError()
}

/** The private prekeys that a new session needs. */
async function prekeys(
  reader: RatchetReader,
  ids: { signedPrekeyId: number; prekeyId: number | undefined },
): Promise<Pick<StepInput, 'signedPrekey' | 'oneTimePrekey'>> {
  const [signedPrekey, oneTimePrekey] = await Promise.all([
    reader.signedPrekey(ids.signedPrekeyId),
    ids.prekeyId === undefined ? undefined : reader.oneTimePrekey(ids.prekeyId),
  ])
  if (signedPrekey === undefined) throw new UnknownPrekeyError()
  // The library goes on without the one-time prekey, and fails later by its MAC.
  if (ids.prekeyId !== undefined && oneTimePrekey === undefined) throw new UnknownPrekeyError()
  return { signedPrekey, oneTimePrekey }
}

async function decryptPrekeyMessage(input: StepInput, bytes: Uint8Array): Promise<Decrypted> {
  const message = parsePrekeyMessage(bytes)
  const { trusted, address, reader } = input
  if (!mayTrust(trusted, message.identityKey)) throw new IdentityChangedError(address.account, message.identityKey)
  const session = input.record === undefined ? undefined : sessionByBaseKey(parseRecord(input.record), message.baseKey)
  if (session !== undefined && !isIdentityOf(session, message.identityKey)) throw new BadMacError()
  if (keysToSkip(session, message.inner) > RATCHET_LIMITS.skipPerMessage) throw new TooFarAheadError()
  // A later message of the first flight: its one-time prekey is gone, and not needed.
  const keys = session === undefined ? await prekeys(reader, message) : {}
  const [plaintext, storage] = await attempt({ ...input, ...keys }, MESSAGE_TYPE.prekey, bytes)
  return { plaintext, changes: storage.changes(serialize(parseRecord(storage.record ?? ''))) }
}

/**
 * Decrypts `body`. Throws a {@link DecryptionError}, of which nothing needs to be committed, or whatever `reader`
 * rejected with. A message decrypts once: the same body again is a {@link DuplicateMessageError}, or an
 * {@link UnknownPrekeyError} once the session that it started is forgotten.
 */
export async function decrypt(reader: RatchetReader, address: Address, body: Uint8Array): Promise<Decrypted> {
  const [record, trusted] = await Promise.all([reader.session(address), reader.trustedIdentity(address.account)])
  const input: StepInput = { reader, address, record, trusted }
  const bytes = body.subarray(1)
  if (body[0] === MESSAGE_TYPE.message) return decryptMessage(input, bytes)
  if (body[0] === MESSAGE_TYPE.prekey) return decryptPrekeyMessage(input, bytes)
  throw new MalformedMessageError('an unknown type')
}
