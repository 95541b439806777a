/** What a ratchet step reads and what it changes. The engine owns both; the steps themselves keep no state. */

import { equalBytes } from '#protocol/bytes.ts'
import type { KeyPair, OneTimePrekeyPair, SignedPrekeyPair } from './keys.ts'

export interface Address {
  account: string
  device: number
}

/** What a peer's device offers to whoever wants to start a session (X3DH section 3.2). */
export interface PrekeyBundle {
  registrationId: number
  identityKey: Uint8Array
  signedPrekey: { id: number; publicKey: Uint8Array; signature: Uint8Array }
  oneTimePrekey?: { id: number; publicKey: Uint8Array }
}

/** What one step may read. A rejection of any of these ends the step and is passed on as it is. */
export interface RatchetReader {
  readonly localIdentity: KeyPair
  readonly registrationId: number
  /** The record as a former step returned it. */
  session(address: Address): Promise<string | undefined>
  /** One identity for an account: all of its devices share it. `undefined` trusts whichever comes first. */
  trustedIdentity(account: string): Promise<Uint8Array | undefined>
  oneTimePrekey(id: number): Promise<OneTimePrekeyPair | undefined>
  signedPrekey(id: number): Promise<SignedPrekeyPair | undefined>
}

/** What the step changed. Committed together with the message it belongs to, or dropped as a whole. */
export interface RatchetChanges {
  sessions: { address: Address; record: string }[]
  trustedIdentities: { account: string; identityKey: Uint8Array }[]
  /** One-time prekeys that were used: their private halves must go in the same transaction. */
  consumedPrekeys: number[]
}

function sameAddress(a: Address, b: Address): boolean {
  return a.account === b.account && a.device === b.device
}

/** A reader that sees `changes` as if they were committed already: for several steps in one transaction. */
export function overlay(reader: RatchetReader, changes: RatchetChanges): RatchetReader {
  return {
    localIdentity: reader.localIdentity,
    registrationId: reader.registrationId,
    async session(address) {
      const changed = changes.sessions.findLast((entry) => sameAddress(entry.address, address))
      return changed === undefined ? reader.session(address) : changed.record
    },
    async trustedIdentity(account) {
      const changed = changes.trustedIdentities.findLast((entry) => entry.account === account)
      return changed === undefined ? reader.trustedIdentity(account) : changed.identityKey
    },
    async oneTimePrekey(id) {
      return changes.consumedPrekeys.includes(id) ? undefined : reader.oneTimePrekey(id)
    },
    signedPrekey: (id) => reader.signedPrekey(id),
  }
}

/** Both changes as one: where they touch the same thing, the later holds. */
export function mergeChanges(earlier: RatchetChanges, later: RatchetChanges): RatchetChanges {
  return {
    sessions: [
      ...earlier.sessions.filter((entry) => !later.sessions.some((other) => sameAddress(entry.address, other.address))),
      ...later.sessions,
    ],
    trustedIdentities: [
      ...earlier.trustedIdentities.filter(
        (entry) => !later.trustedIdentities.some((other) => other.account === entry.account),
      ),
      ...later.trustedIdentities,
    ],
    consumedPrekeys: [...new Set([...earlier.consumedPrekeys, ...later.consumedPrekeys])],
  }
}

/** Whether `identityKey` may be used for an account whose trusted key is `trusted`. */
export function mayTrust(trusted: Uint8Array | undefined, identityKey: Uint8Array): boolean {
  return trusted === undefined || equalBytes(trusted, identityKey)
}
