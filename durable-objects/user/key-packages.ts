/**
 * MLS key packages of the account's devices, by ciphersuite. A package leaves storage in the transaction that hands it
 * out, and its id is never taken again; the one of last resort stays. Nothing here looks into them.
 */

import type { ErrorCode } from '#protocol/errors.ts'
import type { HandedKeyPackage, KeyPackageStatus, KeyPackageUpload } from '#protocol/groups/key-packages.ts'
import type { GroupSuite } from '#protocol/groups/entries.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { Sql } from '../sql.ts'

interface SuiteRow extends Record<string, string | number | null> {
  suite: GroupSuite
  last_resort: string | null
  highest_id: number
}

export class KeyPackages {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /**
   * Takes over what is new of an upload. Idempotent: packages that are here already, and ids that were handed out, are left
   * alone. Another package under an id that is here, or one too many, changes nothing at all. Another package of last resort
   * than the former one takes the place of all: packages expire, and the others are as old as it was.
   */
  upload(device: number, { suite, lastResort, keyPackages }: KeyPackageUpload): ErrorCode | undefined {
    const row = this.#suite(device, suite)
    const highest = row?.highest_id ?? 0
    const known = keyPackages.filter(({ id }) => id <= highest)
    if (known.some(({ id, body }) => (this.#body(device, suite, id) ?? body) !== body)) return 'keyPackageInvalid'
    const fresh = keyPackages.filter(({ id }) => id > highest)
    const former = row?.last_resort ?? undefined
    const isRenewed = lastResort !== undefined && former !== undefined && former !== lastResort
    if ((isRenewed ? 0 : this.#count(device, suite)) + fresh.length > RELAY_LIMITS.keyPackagesStored)
      return 'keyPackageInvalid'
    if (isRenewed) this.#sql.exec('DELETE FROM key_packages WHERE device = ? AND suite = ?', device, suite)
    for (const { id, body } of fresh) {
      this.#sql.exec('INSERT INTO key_packages (device, suite, id, body) VALUES (?, ?, ?, ?)', device, suite, id, body)
    }
    const next = {
      lastResort: lastResort ?? row?.last_resort ?? null,
      highest: Math.max(highest, ...fresh.map(({ id }) => id)),
    }
    if (next.lastResort === row?.last_resort && next.highest === row.highest_id) return undefined
    this.#sql.exec(
      'INSERT OR REPLACE INTO key_package_suites (device, suite, last_resort, highest_id) VALUES (?, ?, ?, ?)',
      device,
      suite,
      next.lastResort,
      next.highest,
    )
    return undefined
  }

  status(device: number, suite: GroupSuite): KeyPackageStatus {
    const row = this.#suite(device, suite)
    return {
      suite,
      count: this.#count(device, suite),
      hasLastResort: (row?.last_resort ?? null) !== null,
      highestId: row?.highest_id ?? 0,
    }
  }

  /** Of each suite that the device ever uploaded packages of. */
  statuses(device: number): KeyPackageStatus[] {
    return this.#sql
      .exec<{ suite: GroupSuite }>('SELECT suite FROM key_package_suites WHERE device = ? ORDER BY suite', device)
      .map(({ suite }) => this.status(device, suite))
  }

  /**
   * The oldest package, which is deleted, if `mayTake` allows it, which is asked only when there is one; else that of last
   * resort. `undefined` without either.
   */
  handOut(device: number, suite: GroupSuite, mayTake: () => boolean): HandedKeyPackage | undefined {
    const [oldest] = this.#sql.exec<{ id: number; body: string }>(
      'SELECT id, body FROM key_packages WHERE device = ? AND suite = ? ORDER BY id LIMIT 1',
      device,
      suite,
    )
    if (oldest && mayTake()) {
      this.#sql.exec('DELETE FROM key_packages WHERE device = ? AND suite = ? AND id = ?', device, suite, oldest.id)
      return { device, body: oldest.body, isLastResort: false }
    }
    const lastResort = this.#suite(device, suite)?.last_resort ?? undefined
    return lastResort === undefined ? undefined : { device, body: lastResort, isLastResort: true }
  }

  /** Forgets a device's packages: it is set up anew. Ids that were used stay used. */
  clear(device: number): void {
    this.#sql.exec('DELETE FROM key_packages WHERE device = ?', device)
    this.#sql.exec('UPDATE key_package_suites SET last_resort = NULL WHERE device = ?', device)
  }

  /** The device is no more, and its id is never used again. */
  remove(device: number): void {
    this.#sql.exec('DELETE FROM key_packages WHERE device = ?', device)
    this.#sql.exec('DELETE FROM key_package_suites WHERE device = ?', device)
  }

  #suite(device: number, suite: GroupSuite): SuiteRow | undefined {
    return this.#sql.exec<SuiteRow>(
      'SELECT suite, last_resort, highest_id FROM key_package_suites WHERE device = ? AND suite = ?',
      device,
      suite,
    )[0]
  }

  #body(device: number, suite: GroupSuite, id: number): string | undefined {
    return this.#sql.exec<{ body: string }>(
      'SELECT body FROM key_packages WHERE device = ? AND suite = ? AND id = ?',
      device,
      suite,
      id,
    )[0]?.body
  }

  #count(device: number, suite: GroupSuite): number {
    return (
      this.#sql.exec<{ count: number }>(
        'SELECT count(*) AS count FROM key_packages WHERE device = ? AND suite = ?',
        device,
        suite,
      )[0]?.count ?? 0
    )
  }
}
