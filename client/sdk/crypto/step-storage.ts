/**
 * The storage that the library sees during one step: memory that was filled before the step, and a note of what the
 * step changed. Nothing here waits for the engine's store, so that the store's own errors never pass through the library.
 */

import { IdentityChangedError } from './errors.ts'
import type { KeyPair } from './keys.ts'
import type { KeyPairType, StorageType } from './library.ts'
import { type Address, type RatchetChanges, type RatchetReader, mayTrust } from './ratchet.ts'

/** What a step starts from. */
export interface StepInput {
  reader: RatchetReader
  address: Address
  trusted: Uint8Array | undefined
  /** What `loadSession` answers: the record, or one session of it. */
  record: string | undefined
  oneTimePrekey?: KeyPair | undefined
  signedPrekey?: KeyPair | undefined
}

function toLibrary(pair: KeyPair): KeyPairType {
  return { pubKey: Uint8Array.from(pair.publicKey).buffer, privKey: Uint8Array.from(pair.privateKey).buffer }
}

/**
 * A rejection that is never "unhandled": the library does not await `saveIdentity` when it encrypts, and where it does
 * await, it still sees the rejection.
 */
function refuse(reason: Error): Promise<never> {
  const rejected = Promise.reject(reason)
  rejected.catch(() => undefined)
  return rejected
}

function unused(): Promise<never> {
  return refuse(new Error('The library does not store prekeys.'))
}

/** One step's storage. */
export class StepStorage implements StorageType {
  readonly #input: StepInput
  /** Set by `storeSession`, the last thing that a step does. */
  record: string | undefined
  #trusted: Uint8Array | undefined
  #usedPrekey: number | undefined

  constructor(input: StepInput) {
    this.#input = input
    this.record = input.record
  }

  /** What the step changed, with `record` as the session that is to be kept. */
  changes(record: string): RatchetChanges {
    const { address } = this.#input
    return {
      sessions: [{ address, record }],
      trustedIdentities: this.#trusted === undefined ? [] : [{ account: address.account, identityKey: this.#trusted }],
      consumedPrekeys: this.#usedPrekey === undefined ? [] : [this.#usedPrekey],
    }
  }

  getIdentityKeyPair = () => Promise.resolve(toLibrary(this.#input.reader.localIdentity))
  getLocalRegistrationId = () => Promise.resolve(this.#input.reader.registrationId)

  /** Always yes: the library does not await the answer where it matters most. `saveIdentity` decides. */
  isTrustedIdentity = () => Promise.resolve(true)

  saveIdentity = (_encodedAddress: string, publicKey: ArrayBuffer): Promise<boolean> => {
    const identityKey = new Uint8Array(publicKey.slice(0))
    const { trusted, address } = this.#input
    if (!mayTrust(trusted, identityKey)) return refuse(new IdentityChangedError(address.account, identityKey))
    if (trusted === undefined) this.#trusted = identityKey
    return Promise.resolve(false)
  }

  loadSession = () => Promise.resolve(this.record)
  storeSession = (_encodedAddress: string, record: string): Promise<void> => {
    this.record = record
    return Promise.resolve()
  }

  loadPreKey = () => Promise.resolve(this.#input.oneTimePrekey && toLibrary(this.#input.oneTimePrekey))
  loadSignedPreKey = () => Promise.resolve(this.#input.signedPrekey && toLibrary(this.#input.signedPrekey))
  removePreKey = (keyId: number | string): Promise<void> => {
    // 0 is the library's "none".
    if (Number(keyId) !== 0) this.#usedPrekey = Number(keyId)
    return Promise.resolve()
  }

  storePreKey = unused
  storeSignedPreKey = unused
  removeSignedPreKey = unused
}
