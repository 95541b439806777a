/**
 * Which devices renew their keys no more. A client renews its signed prekey in each week that it is in use: so one coarse fact tells both who is
 * to be reminded and who is not in use, and the relay keeps no record of when a device was there. Rules only.
 */

import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { Sql } from '../sql.ts'
import type { Account } from './account.ts'
import type { Prekeys } from './prekeys.ts'
import type { Session } from './session.ts'
import { WEEK, weekOf } from './week.ts'

/** What was found. */
export interface Upkeep {
  /** Devices that are not in use. */
  readonly idle: number
  /** Devices that are connected and were told to renew their keys. */
  readonly reminded: number
}

interface RenewalRow extends Record<string, string | number | null> {
  id: number
  renewed_week: number | null
}

export class DeviceUpkeep {
  readonly #sql: Sql
  readonly #account: Account
  readonly #prekeys: Prekeys
  readonly #session: (device: number) => Session | undefined

  constructor(sql: Sql, account: Account, prekeys: Prekeys, session: (device: number) => Session | undefined) {
    this.#sql = sql
    this.#account = account
    this.#prekeys = prekeys
    this.#session = session
  }

  /** The other devices that are not in use, and about since when. */
  idleBeside(device: number, now: number): { device: number; since: number }[] {
    return this.#renewals().flatMap(({ id, renewed_week: week }) =>
      id === device || week === null || !this.#isIdle(id, week, now) ? [] : [{ device: id, since: (week + 1) * WEEK }],
    )
  }

  /** Reminds who is connected and has old keys, and counts who is not in use. Harmless to repeat. Must run in a transaction. */
  look(now: number): Upkeep {
    let [idle, reminded] = [0, 0]
    for (const { id, renewed_week: week } of this.#renewals()) {
      // Of a device from before this was noted: its time begins now.
      if (week === null) this.#sql.exec('UPDATE devices SET renewed_week = ? WHERE id = ?', weekOf(now), id)
      else if (this.#isIdle(id, week, now)) idle += 1
      else if (week <= weekOf(now) - RELAY_LIMITS.signedPrekeyOldWeeks && this.#remind(id)) reminded += 1
    }
    return { idle, reminded }
  }

  #isIdle(device: number, week: number, now: number): boolean {
    return week <= weekOf(now) - RELAY_LIMITS.deviceIdleWeeks && this.#session(device)?.greeted !== true
  }

  #remind(device: number): boolean {
    const session = this.#session(device)
    if (session?.greeted !== true) return false
    session.send({ type: 'prekeysLow', oneTimeCount: this.#prekeys.status(device).oneTimeCount })
    return true
  }

  #renewals(): RenewalRow[] {
    const rows = this.#sql.exec<RenewalRow>('SELECT id, renewed_week FROM devices ORDER BY id')
    return rows.filter(({ id }) => this.#account.device(id) !== undefined)
  }
}
