/** Single-use tickets that open a socket. Kept as hashes, so that storage holds nothing that opens one. */

import { sha256 } from '@noble/hashes/sha2.js'
import { randomBytes, toBase64url, utf8 } from '#protocol/bytes.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { Sql } from '../sql.ts'

function hashOf(secret: string): string {
  return toBase64url(sha256(utf8(secret)))
}

export interface TicketHolder {
  readonly device: number
  readonly tokenEpoch: number
}

export class Tickets {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /**
   * A new ticket's secret (256 bits); while too many wait, the milliseconds after which the first of them runs out. Also
   * sweeps those that did.
   */
  issue(holder: TicketHolder, now: number): string | number {
    this.#sql.exec('DELETE FROM tickets WHERE expires_at <= ?', now)
    const waiting = this.#sql.exec<{ count: number; first: number | null }>(
      'SELECT count(*) AS count, min(expires_at) AS first FROM tickets',
    )[0]
    if (waiting && waiting.count >= RELAY_LIMITS.ticketsPerAccount) return Math.max(1, (waiting.first ?? now) - now)
    const secret = toBase64url(randomBytes(32))
    this.#sql.exec(
      'INSERT INTO tickets (secret_hash, device, token_epoch, expires_at) VALUES (?, ?, ?, ?)',
      hashOf(secret),
      holder.device,
      holder.tokenEpoch,
      now + RELAY_LIMITS.ticketTtl,
    )
    return secret
  }

  /** Who holds the ticket, once: it is deleted by being looked at. `undefined` when unknown, used or expired. */
  redeem(secret: string, now: number): TicketHolder | undefined {
    const row = this.#sql.exec<{ device: number; token_epoch: number; expires_at: number }>(
      'DELETE FROM tickets WHERE secret_hash = ? RETURNING device, token_epoch, expires_at',
      hashOf(secret),
    )[0]
    return row && row.expires_at > now ? { device: row.device, tokenEpoch: row.token_epoch } : undefined
  }
}
