/** Keeps the relay supplied with prekeys of this device, and this device with what it needs to read who uses them. */

import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { prekeyStatus, uploadPrekeys } from '#protocol/http/devices.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { OneTimePrekey, PrekeyStatus, PrekeyUpload, SignedPrekey } from '#protocol/prekeys.ts'
import { type KeyPair, type SignedPrekeyPair, generateOneTimePrekeys, generateSignedPrekey } from '../crypto/keys.ts'
import type { Auth } from './auth.ts'
import type { Core } from './core.ts'
import type { Draft } from './draft.ts'
import {
  type Account,
  type SignedPrekeyRecord,
  ONE_TIME_PREKEYS,
  PREKEY_STATE,
  SIGNED_PREKEYS,
  oneTimePrekeyKey,
  oneTimePrekeyRecord,
  parseRecord,
  prekeyStateRecord,
  signedPrekeyKey,
  signedPrekeyRecord,
} from './records.ts'

/** What the relay is filled up to, and when. */
const ONE_TIME_TARGET = 100
const ONE_TIME_REFILL_BELOW = 50
const DAY = 24 * 60 * 60_000
/** A signed prekey is replaced weekly; its private half stays for as long as a relay keeps messages that used it. */
const SIGNED_LIFE_MS = 7 * DAY
const SIGNED_KEPT_MS = 30 * DAY

/** What the welcome frame, or the status call, says. */
export type RelayPrekeys = PrekeyStatus

export class Prekeys {
  readonly #core: Core
  readonly #auth: Auth
  #isRunning = false

  constructor(core: Core, auth: Auth) {
    this.#core = core
    this.#auth = auth
  }

  /**
   * Uploads what is missing. What was generated and may not have arrived is offered again first; an id that the relay
   * may have handed out is never offered again.
   *
   * @param isForgotten the relay lost its storage: only keys that are generated now are offered
   */
  async supply(relay: RelayPrekeys, isForgotten = false): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      const upload = await this.#core.transact((draft) => this.#prepare(draft, relay, isForgotten))
      if (upload !== undefined) await this.#auth.call(uploadPrekeys, upload)
    } finally {
      this.#isRunning = false
    }
  }

  /** After the relay said that few are left. */
  async refill(): Promise<void> {
    const status = await this.#auth.call(prekeyStatus, undefined)
    await this.supply(status)
  }

  async #prepare(draft: Draft, relay: RelayPrekeys, isForgotten: boolean): Promise<PrekeyUpload | undefined> {
    const own = this.#core.requireAccount()
    const now = this.#core.now()
    const known = await draft.get(prekeyStateRecord, PREKEY_STATE)
    let state = known ?? { nextOneTimeId: 1, offerFrom: 1, signedId: 1, signedAt: 0 }
    state = { ...state, nextOneTimeId: Math.max(state.nextOneTimeId, relay.highestOneTimeId + 1) }
    if (isForgotten) state = { ...state, offerFrom: state.nextOneTimeId }

    let signed = await draft.get(signedPrekeyRecord, signedPrekeyKey(state.signedId))
    if (signed === undefined || isForgotten || state.signedAt + SIGNED_LIFE_MS <= now) {
      if (signed !== undefined)
        draft.put(signedPrekeyRecord, signedPrekeyKey(state.signedId), { ...signed, retiredAt: now })
      state = { ...state, signedId: state.signedId + 1, signedAt: now }
      signed = toSignedRecord(await generateSignedPrekey(identityOf(own), state.signedId))
      draft.put(signedPrekeyRecord, signedPrekeyKey(state.signedId), signed)
      await this.#dropRetired(draft, now)
    }

    const oneTimePrekeys = await this.#unoffered(Math.max(state.offerFrom, relay.highestOneTimeId + 1))
    if (relay.oneTimeCount + oneTimePrekeys.length < ONE_TIME_REFILL_BELOW) {
      const count = ONE_TIME_TARGET - relay.oneTimeCount - oneTimePrekeys.length
      oneTimePrekeys.push(...(await addOneTimePrekeys(draft, state.nextOneTimeId, count)))
      state = { ...state, nextOneTimeId: state.nextOneTimeId + count }
    }
    draft.put(prekeyStateRecord, PREKEY_STATE, state)
    const isSignedThere = relay.signedPrekeyId === state.signedId
    if (isSignedThere && oneTimePrekeys.length === 0) return undefined
    return { ...(isSignedThere ? {} : { signedPrekey: toSignedUpload(signed) }), oneTimePrekeys }
  }

  /** One-time prekeys that were generated, and which the relay has not. */
  async #unoffered(fromId: number): Promise<OneTimePrekey[]> {
    const limit = LIMITS.oneTimePrekeysPerUpload
    const found = await this.#core.store.range('prekey', ONE_TIME_PREKEYS, { after: fromId - 1, limit })
    return found.map(({ order, value }) => ({
      id: order,
      publicKey: parseRecord(oneTimePrekeyRecord, value).publicKey,
    }))
  }

  async #dropRetired(draft: Draft, now: number): Promise<void> {
    for (const { order, value } of await this.#core.store.range('prekey', SIGNED_PREKEYS)) {
      const { retiredAt } = parseRecord(signedPrekeyRecord, value)
      if (retiredAt !== undefined && retiredAt + SIGNED_KEPT_MS <= now) draft.delete(signedPrekeyKey(order))
    }
  }
}

/** The account's identity key pair as octets. */
export function identityOf({ identity }: Pick<Account, 'identity'>): KeyPair {
  return { publicKey: fromBase64url(identity.publicKey), privateKey: fromBase64url(identity.privateKey) }
}

export function toSignedRecord({ id, publicKey, privateKey, signature }: SignedPrekeyPair): SignedPrekeyRecord {
  return {
    id,
    publicKey: toBase64url(publicKey),
    privateKey: toBase64url(privateKey),
    signature: toBase64url(signature),
  }
}

export function toSignedUpload({ id, publicKey, signature }: SignedPrekeyRecord): SignedPrekey {
  return { id, publicKey, signature }
}

/** Generates and keeps one-time prekeys. Answers their public halves. */
export async function addOneTimePrekeys(draft: Draft, firstId: number, count: number): Promise<OneTimePrekey[]> {
  const pairs = await generateOneTimePrekeys(firstId, count)
  return pairs.map(({ id, publicKey, privateKey }) => {
    const record = { publicKey: toBase64url(publicKey), privateKey: toBase64url(privateKey) }
    draft.put(oneTimePrekeyRecord, oneTimePrekeyKey(id), record)
    return { id, publicKey: record.publicKey }
  })
}
