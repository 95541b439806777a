/** The ratchet's view of a draft: what a step reads, and where its changes go. */

import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import type { Address, RatchetChanges, RatchetReader } from '../crypto/ratchet.ts'
import type { Draft } from './draft.ts'
import {
  type Account,
  type Session,
  identityKey,
  identityRecord,
  oneTimePrekeyKey,
  oneTimePrekeyRecord,
  sessionKey,
  sessionRecord,
  signedPrekeyKey,
  signedPrekeyRecord,
} from './records.ts'

/** Reads through the draft, so that each step sees what the ones before it in the same transaction changed. */
export class DraftReader implements RatchetReader {
  readonly localIdentity: RatchetReader['localIdentity']
  readonly registrationId: number
  readonly #draft: Draft
  readonly #own: Account
  /** A failure of the store, which a step passes on: not to be taken for one of the message. */
  storeFailure: unknown

  constructor(draft: Draft, own: Account) {
    this.#draft = draft
    this.#own = own
    this.registrationId = own.registrationId
    this.localIdentity = {
      publicKey: fromBase64url(own.identity.publicKey),
      privateKey: fromBase64url(own.identity.privateKey),
    }
  }

  async session({ account, device }: Address): Promise<string | undefined> {
    return (await this.#guard(this.#draft.get(sessionRecord, sessionKey(account, device))))?.record
  }

  async trustedIdentity(account: string): Promise<Uint8Array | undefined> {
    if (account === this.#own.account) return this.localIdentity.publicKey
    const pinned = await this.#guard(this.#draft.get(identityRecord, identityKey(account)))
    return pinned === undefined ? undefined : fromBase64url(pinned.key)
  }

  async oneTimePrekey(id: number) {
    const found = await this.#guard(this.#draft.get(oneTimePrekeyRecord, oneTimePrekeyKey(id)))
    if (found === undefined) return undefined
    return { id, publicKey: fromBase64url(found.publicKey), privateKey: fromBase64url(found.privateKey) }
  }

  async signedPrekey(id: number) {
    const found = await this.#guard(this.#draft.get(signedPrekeyRecord, signedPrekeyKey(id)))
    if (found === undefined) return undefined
    return {
      id,
      publicKey: fromBase64url(found.publicKey),
      privateKey: fromBase64url(found.privateKey),
      signature: fromBase64url(found.signature),
    }
  }

  async #guard<T>(read: Promise<T>): Promise<T> {
    try {
      return await read
    } catch (error) {
      this.storeFailure = error
      throw error
    }
  }
}

/** Writes a step's changes. `marks` is what the sessions' own bookkeeping becomes. */
export async function applyChanges(
  draft: Draft,
  own: Account,
  changes: RatchetChanges,
  marks: { readonly isNew: boolean } = { isNew: false },
): Promise<void> {
  for (const { address, record } of changes.sessions) {
    const key = sessionKey(address.account, address.device)
    const before: Session | undefined = await draft.get(sessionRecord, key)
    const { renew, ...kept } = before ?? { record }
    draft.put(sessionRecord, key, { ...kept, record, ...(renew === true && !marks.isNew ? { renew } : {}) })
  }
  for (const { account, identityKey: key } of changes.trustedIdentities) {
    if (account === own.account) continue
    const before = await draft.get(identityRecord, identityKey(account))
    draft.put(identityRecord, identityKey(account), { ...before, key: toBase64url(key) })
  }
  for (const id of changes.consumedPrekeys) draft.delete(oneTimePrekeyKey(id))
}
