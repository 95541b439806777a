/** Messages from nobody in particular, and what decides about them: delivery keys, spent tokens, the quota of tokens. */

import type { Envelope } from '#protocol/frames/send.ts'
import type { Delivery } from '#protocol/http/deliveries.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { DeliveryKeyUpdate } from '#protocol/sealed/delivery.ts'
import { hintOfBody } from '#protocol/sealed/envelope.ts'
import type { SpentToken } from '#protocol/sealed/tokens.ts'
import type { TokenRequest } from '#protocol/token-wire.ts'
import { KeptBuckets } from '../rates/kept-buckets.ts'
import type { Sql } from '../sql.ts'
import { admit } from './admission.ts'
import { DeliveryKeys } from './delivery-keys.ts'
import { DepositBatch, type DepositOutcome, type DepositParts, type DepositResult, type Origin } from './deposit.ts'
import { SpentTokens } from './spent-tokens.ts'
import { type TokenGrant, TokenQuota } from './token-quota.ts'

/** A delivery as the edge passes it on. */
export interface SealedDelivery {
  readonly delivery: Delivery
  /** Its token, if that is genuine, and was claimed for this delivery. */
  readonly token: SpentToken | undefined
}

/** As which all that come by one kind of credential count together: no account has these ids. */
const CONTACTS = 'contacts'
const STRANGERS = 'strangers'

export class SealedDesk {
  readonly #parts: DepositParts
  readonly #keys: DeliveryKeys
  readonly #spent: SpentTokens
  readonly #quota: TokenQuota
  readonly #rates: KeptBuckets
  readonly #transaction: <T>(work: () => T) => T

  constructor(sql: Sql, parts: DepositParts, transaction: <T>(work: () => T) => T) {
    this.#parts = parts
    this.#transaction = transaction
    this.#keys = new DeliveryKeys(sql)
    this.#spent = new SpentTokens(sql)
    this.#quota = new TokenQuota(sql)
    this.#rates = new KeptBuckets(sql, 'deliveriesPerRecipient')
  }

  /** Drops what is kept in memory, after a rollback. */
  forget(): void {
    this.#keys.forget()
  }

  /** Of the delivery key in force; 0 when there is none. */
  get keyVersion(): number {
    return this.#keys.version
  }

  /** Stores deliveries, in order. Must run in a transaction, like `deposit`: a token is spent with its message or not at all. */
  deposit(deliveries: readonly SealedDelivery[], now: number): DepositResult {
    const batch = new DepositBatch(this.#parts)
    const outcomes = deliveries.map((one) => this.#depositOne(batch, one, now))
    batch.finish()
    return { outcomes, deliveries: batch.deliveries }
  }

  /** Puts a delivery key in force; `false` when another device of the account was first (`deliveryKeyConflict`). */
  updateKey(update: DeliveryKeyUpdate, now: number): boolean {
    return this.#transaction(() => this.#keys.update(update, now))
  }

  /** Counts a request for tokens against the day's number of them. */
  takeTokens(request: TokenRequest, now: number): TokenGrant {
    return this.#transaction(() => this.#quota.take(request, now))
  }

  /** When {@link expire} has something to do; `undefined` when never. */
  get due(): number | undefined {
    const due = Math.min(this.#keys.due ?? Infinity, this.#spent.due ?? Infinity)
    return due === Infinity ? undefined : due
  }

  /** Forgets the former delivery key, and tokens of retired keys. Must run in a transaction. */
  expire(now: number): void {
    this.#keys.expire(now)
    this.#spent.retire(now)
  }

  #depositOne(batch: DepositBatch, { delivery, token }: SealedDelivery, now: number): DepositOutcome {
    const { messageId } = delivery
    const admission = admit(
      { deduplication: this.#parts.deduplication, deliveryKeys: this.#keys, spentTokens: this.#spent },
      delivery,
      token,
      now,
    )
    if (admission.kind === 'known') return { kind: 'accepted', messageId, at: now }
    if (admission.kind === 'refused') return { kind: 'rejected', messageId, code: admission.code }
    const origin = 'token' in delivery.credential ? STRANGERS : CONTACTS
    const rate = this.#rates.take(origin, now)
    if (!rate.allowed) return { kind: 'rejected', messageId, code: 'rateLimited', retryAfterMs: rate.retryAfterMs }
    const outcome = batch.take(this.#origin(origin), delivery, admission.hash, now)
    if (outcome.kind === 'accepted' && token !== undefined) this.#spent.spend(token, now)
    return outcome
  }

  #origin(name: typeof CONTACTS | typeof STRANGERS): Origin {
    const { account, inboxes } = this.#parts
    const part = name === CONTACTS ? RELAY_LIMITS.contactsPart : RELAY_LIMITS.strangersPart
    return {
      from: undefined,
      taker: name,
      recipients: account.list.devices,
      hasRoom: (device, size) => inboxes.hasRoom(device, size, part),
      // What is sealed to a key that the device has replaced would outlive the device's copy of it.
      isCurrent: ({ device, body }: Envelope) => account.sealingHint(device) === hintOfBody(body),
    }
  }
}
