/** Which delivery keys open this account's inboxes. The rules are the protocol's; here they get a row. */

import {
  type DeliveryKeyState,
  type DeliveryKeyUpdate,
  opensDelivery,
  rotateDeliveryKey,
} from '#protocol/sealed/delivery.ts'
import type { Sql } from '../sql.ts'

interface KeyRow extends Record<string, string | number | null> {
  version: number
  verifier: string
  former: string | null
  former_until: number | null
}

/** Read for each anonymous delivery, so kept in memory, too. */
export class DeliveryKeys {
  readonly #sql: Sql
  #state: DeliveryKeyState | undefined

  constructor(sql: Sql) {
    this.#sql = sql
    this.#load()
  }

  /** Drops what is kept in memory, after a rollback. */
  forget(): void {
    this.#load()
  }

  /** Version of the key in force; 0 when the account has none, and nobody gets in by one. */
  get version(): number {
    return this.#state?.version ?? 0
  }

  /** Puts a key in force; `false` when another one moved on already (`deliveryKeyConflict`). Harmless to repeat. */
  update(update: DeliveryKeyUpdate, now: number): boolean {
    const next = rotateDeliveryKey(this.#state, update, now)
    if (next === undefined) return false
    if (next !== this.#state) this.#save(next)
    return true
  }

  /** Whether a delivery with this credential may come in. */
  opens(access: string, now: number): boolean {
    return opensDelivery(this.#state, access, now)
  }

  /** When {@link expire} has something to do. */
  get due(): number | undefined {
    return this.#state?.formerUntil
  }

  /** Deletes the former key's verifier once it opens nothing. */
  expire(now: number): void {
    const state = this.#state
    if (state?.formerUntil === undefined || now < state.formerUntil) return
    this.#save({ version: state.version, verifier: state.verifier })
  }

  #save(state: DeliveryKeyState): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO delivery_keys (id, version, verifier, former, former_until) VALUES (1, ?, ?, ?, ?)',
      state.version,
      state.verifier,
      state.former ?? null,
      state.formerUntil ?? null,
    )
    this.#state = state
  }

  #load(): void {
    const row = this.#sql.exec<KeyRow>('SELECT version, verifier, former, former_until FROM delivery_keys')[0]
    if (row === undefined) {
      this.#state = undefined
      return
    }
    const { version, verifier, former, former_until: formerUntil } = row
    this.#state =
      former === null || formerUntil === null ? { version, verifier } : { version, verifier, former, formerUntil }
  }
}
