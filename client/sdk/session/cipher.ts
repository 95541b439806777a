/** The pairwise encryption as the engine uses it: injectable, so that the engine can be measured and tested without it. */

import { decrypt, encrypt, startSession } from '../crypto/pairwise.ts'
import type { Address, PrekeyBundle, RatchetChanges, RatchetReader } from '../crypto/ratchet.ts'
import { hasOpenSession, remoteRegistrationId } from '../crypto/record.ts'

/** Steps of a ratchet. They keep no state: what they change is committed, or dropped, by the engine. */
export interface Cipher {
  startSession(reader: RatchetReader, address: Address, bundle: PrekeyBundle): Promise<RatchetChanges>
  encrypt(
    reader: RatchetReader,
    address: Address,
    plaintext: Uint8Array,
  ): Promise<{ readonly body: Uint8Array; readonly changes: RatchetChanges }>
  /** @throws DecryptionError for whatever is wrong with the message. */
  decrypt(
    reader: RatchetReader,
    address: Address,
    body: Uint8Array,
  ): Promise<{ readonly plaintext: Uint8Array; readonly changes: RatchetChanges }>
  hasOpenSession(record: string): boolean
  remoteRegistrationId(record: string): number | undefined
}

/** X3DH and the Double Ratchet. */
export const signalCipher: Cipher = { startSession, encrypt, decrypt, hasOpenSession, remoteRegistrationId }
