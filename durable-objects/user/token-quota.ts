/** How many delivery tokens this account may take in a day. Kept in a row, so that eviction fills nothing again. */

import { sha256 } from '@noble/hashes/sha2.js'
import { toBase64url, utf8 } from '#protocol/bytes.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { TokenRequest } from '#protocol/token-wire.ts'
import type { Sql } from '../sql.ts'

const DAY = 86_400_000

export type TokenGrant = { readonly granted: true } | { readonly granted: false; readonly retryAfterMs: number }

interface QuotaRow extends Record<string, string | number | null> {
  day: number
  taken: number
  last_request: string
}

export class TokenQuota {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /**
   * Counts a request. All of it is granted or nothing. The last request of the day may be repeated at no cost, since its
   * answer may have been lost: evaluating the same elements again yields the same tokens.
   */
  take({ blinded }: TokenRequest, now: number): TokenGrant {
    const request = toBase64url(sha256(utf8(blinded.join())).subarray(0, 16))
    const row = this.#sql.exec<QuotaRow>('SELECT day, taken, last_request FROM token_quota')[0]
    // A clock that goes back does not begin a day again.
    const day = Math.max(Math.floor(now / DAY), row?.day ?? 0)
    const isToday = row !== undefined && row.day === day
    if (isToday && row.last_request === request) return { granted: true }
    const taken = (isToday ? row.taken : 0) + blinded.length
    if (taken > RELAY_LIMITS.tokensPerDay) return { granted: false, retryAfterMs: (day + 1) * DAY - now }
    this.#sql.exec(
      'INSERT OR REPLACE INTO token_quota (id, day, taken, last_request) VALUES (1, ?, ?, ?)',
      day,
      taken,
      request,
    )
    return { granted: true }
  }
}
