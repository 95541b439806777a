/** Hands out prekey bundles, within each requester's limit. */

import type { PrekeyBundle } from '#protocol/prekeys.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { Account } from './account.ts'
import type { Prekeys } from './prekeys.ts'

export class PrekeyDesk {
  readonly #account: Account
  readonly #prekeys: Prekeys
  /** Devices that have to be told that few one-time prekeys are left, with the count. Taken by the caller after the commit. */
  readonly #low = new Map<number, number>()

  constructor(account: Account, prekeys: Prekeys) {
    this.#account = account
    this.#prekeys = prekeys
  }

  /**
   * Bundles of `devices` for `requester`. Past the limit they come without a one-time key: X3DH allows it, so that nobody
   * can drain a stranger's keys and nobody is kept from writing. Devices without a signed prekey are left out.
   */
  bundles(requester: string, devices: readonly number[], now: number): PrekeyBundle[] {
    const bundles: PrekeyBundle[] = []
    for (const id of devices) {
      const device = this.#account.device(id)
      if (!device) continue
      const own = requester === this.#account.id
      const handed = this.#prekeys.handOut(id, own || this.#prekeys.mayTake(requester, now))
      if (!handed) continue
      const { signedPrekey, oneTimePrekey, oneTimeCount } = handed
      if (oneTimeCount < LIMITS.oneTimePrekeysLow) this.#low.set(id, oneTimeCount)
      bundles.push({
        device: id,
        registrationId: device.registrationId,
        signedPrekey,
        ...(oneTimePrekey && { oneTimePrekey }),
      })
    }
    return bundles
  }

  /** Devices that run low, once each. */
  takeLow(): Map<number, number> {
    const low = new Map(this.#low)
    this.#low.clear()
    return low
  }
}
