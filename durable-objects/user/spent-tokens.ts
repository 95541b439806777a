/**
 * Delivery tokens that were spent on this account. A token is spent in the transaction that stores its message, so that
 * one that is refused, or lost in a crash, spends nothing.
 */

import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { SpentToken } from '#protocol/sealed/tokens.ts'
import { isTokenKeyInForce, issuingKeyId, tokenKeyEnd } from '#protocol/token-wire.ts'
import type { Sql } from '../sql.ts'

/**
 * - `spendable`: not spent before.
 * - `double`: spent before.
 * - `retired`: its key counts no more, or not yet.
 * - `full`: as many as the account takes until a key retires were spent on it.
 */
export type TokenStanding = 'spendable' | 'double' | 'retired' | 'full'

/**
 * What to claim in the state that the edge shares, before the recipient's object is asked: the object knows only what was
 * spent on its own account. The holder is the delivery, so that a repeated one may claim again.
 */
export function claimOf(
  { keyId, hash, use }: SpentToken,
  now: number,
): { readonly key: string; readonly ttlMs: number; readonly holder: string } {
  return { key: `token ${keyId} ${hash}`, ttlMs: Math.max(1, tokenKeyEnd(keyId) - now), holder: use }
}

export class SpentTokens {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** How a token that was found genuine stands. A delivery is told nothing about the account unless it is `spendable`. */
  judge({ keyId, hash }: SpentToken, now: number): TokenStanding {
    if (!isTokenKeyInForce(keyId, now) || keyId <= this.#retiredUpTo()) return 'retired'
    const known = this.#sql.exec('SELECT 1 FROM spent_tokens WHERE key_id = ? AND hash = ?', keyId, hash)
    if (known.length > 0) return 'double'
    return this.#count() >= RELAY_LIMITS.spentTokens ? 'full' : 'spendable'
  }

  /** Spends a token if it is `spendable`; answers how it stood before. */
  spend(token: SpentToken, now: number): TokenStanding {
    const standing = this.judge(token, now)
    if (standing !== 'spendable') return standing
    this.#sql.exec('INSERT INTO spent_tokens (key_id, hash) VALUES (?, ?)', token.keyId, token.hash)
    return standing
  }

  /** When {@link retire} has something to do; `undefined` while there is nothing to forget. */
  get due(): number | undefined {
    const oldest = this.#sql.exec<{ id: number | null }>('SELECT min(key_id) AS id FROM spent_tokens')[0]?.id
    return typeof oldest === 'number' ? tokenKeyEnd(oldest) : undefined
  }

  /** Forgets tokens whose key has retired. From then on none of that key is taken, even should the clock go back. */
  retire(now: number): void {
    const upTo = issuingKeyId(now) - 2
    const forgotten = this.#sql.exec('DELETE FROM spent_tokens WHERE key_id <= ? RETURNING key_id', upTo)
    if (forgotten.length === 0) return
    this.#sql.exec('INSERT OR REPLACE INTO retired_token_keys (id, up_to) VALUES (1, ?)', upTo)
  }

  #count(): number {
    return this.#sql.exec<{ count: number }>('SELECT count(*) AS count FROM spent_tokens')[0]?.count ?? 0
  }

  #retiredUpTo(): number {
    return this.#sql.exec<{ up_to: number }>('SELECT up_to FROM retired_token_keys')[0]?.up_to ?? -1
  }
}
