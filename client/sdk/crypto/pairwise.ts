/**
 * Pairwise encryption: X3DH and the Double Ratchet, one function for each step. A step reads through a
 * {@link RatchetReader} and answers its changes, so that the caller commits ratchet and message in one transaction.
 *
 * Not re-entrant for an address: two steps that start from the same record would use one message key twice. The caller
 * runs them one after the other, each seeing what the one before it changed (committed, or through `overlay`).
 *
 *     body = type (1: message, 3: prekey message) ‖ Signal message, version 3
 */

import { concatBytes, fromBinaryString } from '#protocol/bytes.ts'
import { MalformedMessageError, NoSessionError } from './errors.ts'
import { type DeviceType, SessionBuilder, SessionCipher, SignalProtocolAddress } from './library.ts'
import {
  type Address,
  type PrekeyBundle,
  type RatchetChanges,
  type RatchetReader,
  mergeChanges,
  overlay,
} from './ratchet.ts'
import { isIdentityOf, openSession, parseRecord, prune } from './record.ts'
import { StepStorage } from './step-storage.ts'
import { MESSAGE_TYPE, omitZeroPrekeyId } from './wire.ts'

export { decrypt } from './decrypt.ts'

function publicKey(key: Uint8Array): ArrayBuffer {
  if (key.length !== 33 || key[0] !== 5) throw new MalformedMessageError('not a public key')
  return Uint8Array.from(key).buffer
}

function keyId(id: number): number {
  if (!Number.isInteger(id) || id < 1 || id > 0xff_ff_ff_ff) throw new MalformedMessageError('not a key id')
  return id
}

function toDevice({ registrationId, identityKey, signedPrekey, oneTimePrekey }: PrekeyBundle): DeviceType {
  const device: DeviceType = {
    registrationId,
    identityKey: publicKey(identityKey),
    signedPreKey: {
      keyId: keyId(signedPrekey.id),
      publicKey: publicKey(signedPrekey.publicKey),
      signature: Uint8Array.from(signedPrekey.signature).buffer,
    },
  }
  if (oneTimePrekey !== undefined) {
    device.preKey = { keyId: keyId(oneTimePrekey.id), publicKey: publicKey(oneTimePrekey.publicKey) }
  }
  return device
}

/** The step's changes, its record within `RATCHET_LIMITS`. */
function finish(storage: StepStorage): RatchetChanges {
  if (storage.record === undefined) throw new NoSessionError()
  return storage.changes(JSON.stringify(prune(parseRecord(storage.record))))
}

/**
 * Starts a session with a device from its bundle; a session that is open becomes a closed one. The bundle is the
 * relay's word: its signed prekey must be signed by its identity key ({@link BadSignatureError}), which must be the
 * trusted one, if there is one ({@link IdentityChangedError}). Whether the device belongs to the account is for the caller to know.
 */
export async function startSession(
  reader: RatchetReader,
  address: Address,
  bundle: PrekeyBundle,
): Promise<RatchetChanges> {
  const device = toDevice(bundle)
  const [record, trusted] = await Promise.all([reader.session(address), reader.trustedIdentity(address.account)])
  const storage = new StepStorage({ reader, address, trusted, record })
  const builder = new SessionBuilder(storage, new SignalProtocolAddress(address.account, address.device))
  await builder.processPreKey(device)
  return finish(storage)
}

/**
 * Encrypts `plaintext` in the open session. Throws {@link NoSessionError} when there is none, or when it is with another
 * identity than the one now trusted: start a new one.
 */
export async function encrypt(
  reader: RatchetReader,
  address: Address,
  plaintext: Uint8Array,
): Promise<{ body: Uint8Array<ArrayBuffer>; changes: RatchetChanges }> {
  const [record, trusted] = await Promise.all([reader.session(address), reader.trustedIdentity(address.account)])
  const session = record === undefined ? undefined : openSession(parseRecord(record))
  if (session === undefined) throw new NoSessionError()
  if (trusted !== undefined && !isIdentityOf(session, trusted)) throw new NoSessionError()

  const storage = new StepStorage({ reader, address, trusted, record })
  const cipher = new SessionCipher(storage, new SignalProtocolAddress(address.account, address.device))
  const message = await cipher.encrypt(Uint8Array.from(plaintext).buffer)
  const isPrekey = message.type === MESSAGE_TYPE.prekey
  const octets = fromBinaryString(message.body ?? '')
  const body = concatBytes(
    Uint8Array.of(isPrekey ? MESSAGE_TYPE.prekey : MESSAGE_TYPE.message),
    isPrekey ? omitZeroPrekeyId(octets) : octets,
  )
  return { body, changes: finish(storage) }
}

/** {@link startSession} and {@link encrypt} as one step. */
export async function startAndEncrypt(
  reader: RatchetReader,
  address: Address,
  bundle: PrekeyBundle,
  plaintext: Uint8Array,
): Promise<{ body: Uint8Array<ArrayBuffer>; changes: RatchetChanges }> {
  const started = await startSession(reader, address, bundle)
  const { body, changes } = await encrypt(overlay(reader, started), address, plaintext)
  return { body, changes: mergeChanges(started, changes) }
}
