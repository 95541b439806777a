/** The account's side of the key log: hands over what waits, and opens what the log commits to. */

import { sha256 } from '@noble/hashes/sha2.js'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { commit, openingFor } from '#protocol/merkle/commitment.ts'
import { indexOf } from '#protocol/merkle/index-oprf.ts'
import type { AccountProof } from '#protocol/merkle/lookup.ts'
import type { KeyLogKeys } from '../key-log/keys.ts'
import type { AppendOutcome, KeyLogCalls } from '../key-log/rpc.ts'
import type { Account } from './account.ts'
import type { KeyLogOutbox } from './key-log-outbox.ts'
import { type Result, bad, good } from './relay.ts'

/** What opens a leaf of the log: the commitment's opening, and the list, unless the client has it. */
export interface OpenedLeaf {
  readonly version: number
  readonly opened: NonNullable<NonNullable<AccountProof['entry']>['opened']>
}

/** The log has another list of a version, or is not at the version before, which trying again alone does not help; or it is full. */
export class KeyLogRefusedError extends Error {
  override readonly name: string
  constructor(outcome: AppendOutcome) {
    super('The key log does not take this version.')
    this.name = `KeyLogRefusedError.${outcome}`
  }
}

export class KeyLogDesk {
  readonly #keys: KeyLogKeys
  /** A new stub each time: one whose call failed may be broken for good. */
  readonly #log: () => Pick<KeyLogCalls, 'append'>
  readonly #account: Account
  readonly #outbox: KeyLogOutbox
  #index: string | undefined
  #handing: Promise<void> | undefined

  constructor(keys: KeyLogKeys, log: () => Pick<KeyLogCalls, 'append'>, account: Account, outbox: KeyLogOutbox) {
    this.#keys = keys
    this.#log = log
    this.#account = account
    this.#outbox = outbox
  }

  /** Hands everything that waits to the log, the oldest first. Resolves when all is logged; rejects when the log does not take it. */
  async handOver(now: number): Promise<void> {
    // One at a time: what comes meanwhile is handed over by the same round.
    this.#handing ??= this.#handAll(now).finally(() => {
      this.#handing = undefined
    })
    await this.#handing
    if (this.#outbox.next !== undefined) await this.handOver(now)
  }

  /**
   * What opens the account's leaf in the log, with its newest list logged. An account from before the log is logged now.
   *
   * @param known SHA-256 of the list that the client has, which then is left out
   */
  async open(index: string, known: string | undefined, now: number): Promise<Result<OpenedLeaf>> {
    if (index !== this.#indexed()) return bad('malformed')
    const { list, signedList } = this.#account
    if (this.#outbox.loggedVersion(this.#keys.verifierKey) < list.version) {
      this.#outbox.note(list.version, signedList.bytes)
      await this.handOver(now)
    }
    // The list may be another one by now, which waits again; this one was logged, and is opened as what it is.
    const leaf = { index: fromBase64url(index), version: list.version }
    const opening = toBase64url(openingFor(this.#keys.openingSecret, leaf))
    const isKnown = known !== undefined && known === toBase64url(sha256(fromBase64url(signedList.bytes)))
    return good({ version: list.version, opened: { opening, ...(isKnown ? {} : { list: signedList }) } })
  }

  async #handAll(now: number): Promise<void> {
    try {
      for (let waiting = this.#outbox.next; waiting !== undefined; waiting = this.#outbox.next) {
        const index = this.#indexed()
        const leaf = { index: fromBase64url(index), version: waiting.version }
        const opening = openingFor(this.#keys.openingSecret, leaf)
        const commitment = toBase64url(commit(opening, leaf, fromBase64url(waiting.bytes)))
        const outcome = await this.#log().append({ index, version: leaf.version, commitment })
        if (outcome !== 'logged') throw new KeyLogRefusedError(outcome)
        this.#outbox.logged(this.#keys.verifierKey, leaf.version, index)
      }
    } catch (error) {
      this.#outbox.postpone(now)
      throw error
    }
  }

  /** The account's index, in base64url. */
  #indexed(): string {
    this.#index ??=
      this.#outbox.index(this.#keys.verifierKey) ?? toBase64url(indexOf(this.#keys.indexKey, this.#account.id))
    return this.#index
  }
}
