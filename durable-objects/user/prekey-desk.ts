/** Hands out prekey bundles, within each requester's limit. */

import * as v from 'valibot'
import type { PrekeyBundle } from '#protocol/prekeys.ts'
import { AccountId } from '#protocol/primitives.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { KeptBuckets } from '../rates/kept-buckets.ts'
import type { Sql } from '../sql.ts'
import { RATES } from '../rates/table.ts'
import type { Account } from './account.ts'
import type { ConspicuousActs } from './conspicuous.ts'
import type { Prekeys } from './prekeys.ts'

export class PrekeyDesk {
  readonly #takers: KeptBuckets
  readonly #taken: KeptBuckets
  readonly #account: Account
  readonly #prekeys: Prekeys
  readonly #conspicuous: ConspicuousActs
  /** Devices that have to be told that few one-time prekeys are left, with the count. Taken by the caller after the commit. */
  readonly #low = new Map<number, number>()

  constructor(sql: Sql, account: Account, prekeys: Prekeys, conspicuous: ConspicuousActs) {
    this.#takers = new KeptBuckets(sql, 'prekeysPerTaker')
    this.#taken = new KeptBuckets(sql, 'prekeysPerRecipient')
    this.#account = account
    this.#prekeys = prekeys
    this.#conspicuous = conspicuous
  }

  /**
   * Bundles of `devices` for `requester`. Past its limit, or that of all others together, they come without a one-time key:
   * X3DH allows it, so that nobody can drain a stranger's keys and nobody is kept from writing. Devices without a signed
   * prekey are left out.
   */
  bundles(requester: string, devices: readonly number[], now: number): PrekeyBundle[] {
    const bundles: PrekeyBundle[] = []
    for (const id of devices) {
      const device = this.#account.device(id)
      if (!device) continue
      const mayTake =
        requester === this.#account.id ||
        (this.#takersShare(requester, now) && this.#taken.take(String(id), now).allowed)
      const handed = this.#prekeys.handOut(id, mayTake)
      if (!handed) continue
      const { signedPrekey, oneTimePrekey, oneTimeCount } = handed
      if (oneTimeCount < RELAY_LIMITS.oneTimePrekeysLow) this.#low.set(id, oneTimeCount)
      bundles.push({
        device: id,
        registrationId: device.registrationId,
        signedPrekey,
        ...(oneTimePrekey && { oneTimePrekey }),
      })
    }
    return bundles
  }

  #takersShare(requester: string, now: number): boolean {
    const { allowed } = this.#takers.take(requester, now)
    // Those who write without an account are all one here: nobody to be watched.
    if (!allowed && v.is(AccountId, requester)) this.#conspicuous.add(requester, RATES.prekeysPerTaker.signal)
    return allowed
  }

  /** Devices that run low, once each. */
  takeLow(): Map<number, number> {
    const low = new Map(this.#low)
    this.#low.clear()
    return low
  }
}
