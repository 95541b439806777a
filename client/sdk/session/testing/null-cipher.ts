/** No encryption at all: what the engine costs by itself. */

import { concatBytes } from '#protocol/bytes.ts'
import type { Address, RatchetChanges } from '../../crypto/ratchet.ts'
import type { Cipher } from '../cipher.ts'

function changes(address: Address): RatchetChanges {
  // A record is written at each step, as with a real ratchet.
  return { sessions: [{ address, record: 'null' }], trustedIdentities: [], consumedPrekeys: [] }
}

const TYPE = Uint8Array.of(1)

export const nullCipher: Cipher = {
  startSession: (_reader, address) => Promise.resolve(changes(address)),
  encrypt: (_reader, address, plaintext) =>
    Promise.resolve({ body: concatBytes(TYPE, plaintext), changes: changes(address) }),
  decrypt: (_reader, address, body) => Promise.resolve({ plaintext: body.subarray(1), changes: changes(address) }),
  hasOpenSession: () => true,
  remoteRegistrationId: () => undefined,
}
