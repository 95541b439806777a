/** Takes key packages in, hands them out within each requester's limit, and tells connected devices that run low. */

import type { SignedDeviceList } from '#protocol/device-list.ts'
import type { GroupSuite } from '#protocol/groups/entries.ts'
import type { HandedKeyPackage, KeyPackageStatus, KeyPackageUpload } from '#protocol/groups/key-packages.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { KeptBuckets } from '../rates/kept-buckets.ts'
import type { Sql } from '../sql.ts'
import { RATES } from '../rates/table.ts'
import type { Account } from './account.ts'
import type { ConspicuousActs } from './conspicuous.ts'
import { KeyPackages } from './key-packages.ts'
import type { Result } from './relay.ts'
import type { Session } from './session.ts'

type Transaction = <T>(work: () => T) => T

export class KeyPackageDesk {
  readonly keyPackages: KeyPackages
  readonly #takers: KeptBuckets
  readonly #taken: KeptBuckets
  readonly #account: Account
  readonly #session: (device: number) => Session | undefined
  readonly #transaction: Transaction
  readonly #conspicuous: ConspicuousActs

  constructor(
    sql: Sql,
    account: Account,
    session: (device: number) => Session | undefined,
    transaction: Transaction,
    conspicuous: ConspicuousActs,
  ) {
    this.keyPackages = new KeyPackages(sql)
    this.#takers = new KeptBuckets(sql, 'keyPackagesPerTaker')
    this.#taken = new KeptBuckets(sql, 'keyPackagesPerRecipient')
    this.#account = account
    this.#session = session
    this.#transaction = transaction
    this.#conspicuous = conspicuous
  }

  upload(device: number, upload: KeyPackageUpload): Result<KeyPackageStatus> {
    const code = this.#transaction(() => this.keyPackages.upload(device, upload))
    return code ? { ok: false, code } : { ok: true, value: this.keyPackages.status(device, upload.suite) }
  }

  /**
   * A package of each of `devices`, or of all but the requesting one, with the list that they belong to. Past its limit, or
   * that of all others together, they are those of last resort: so nobody can drain a stranger's packages, and nobody is kept from adding it. Devices that
   * have neither are left out.
   */
  handOut(
    requester: DeviceAddress,
    suite: GroupSuite,
    devices: readonly number[] | undefined,
    now: number,
  ): { deviceList: SignedDeviceList; keyPackages: HandedKeyPackage[] } {
    const isOwn = requester.account === this.#account.id
    const mayTake = (device: number) =>
      isOwn || (this.#takersShare(requester.account, now) && this.#taken.take(String(device), now).allowed)
    const keyPackages = this.#transaction(() =>
      this.#account
        .wanted(requester, devices)
        .map((device) => this.keyPackages.handOut(device, suite, () => mayTake(device)))
        .filter((handed) => handed !== undefined),
    )
    for (const { device } of keyPackages) this.#noticeLow(device, suite)
    return { deviceList: this.#account.signedList, keyPackages }
  }

  #takersShare(account: string, now: number): boolean {
    const { allowed } = this.#takers.take(account, now)
    if (!allowed) this.#conspicuous.add(account, RATES.keyPackagesPerTaker.signal)
    return allowed
  }

  #noticeLow(device: number, suite: GroupSuite): void {
    const session = this.#session(device)
    if (session?.greeted !== true) return
    const status = this.keyPackages.status(device, suite)
    if (status.count < LIMITS.keyPackagesLow) session.send({ type: 'keyPackagesLow', status })
  }
}
