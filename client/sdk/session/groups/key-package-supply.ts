/** Keeps the relay supplied with key packages of this device, for others to add it to groups while it is away. */

import { GROUP_SUITES } from '#protocol/groups/entries.ts'
import type { KeyPackageStatus } from '#protocol/groups/key-packages.ts'
import { uploadKeyPackages } from '#protocol/http/key-packages.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { GroupSuite } from '#protocol/groups/entries.ts'
import type { Auth } from '../auth.ts'
import type { Core } from '../core.ts'
import { parseRecord } from '../records.ts'
import { ownDevice } from './joiner.ts'
import { loadMls } from './mls.ts'
import { keyPackageKey, keyPackageRecord } from './records.ts'

/** What the relay is filled up to, and below what. Post-quantum packages are 2.9 KiB each. */
const TARGET = 20
const REFILL_BELOW = LIMITS.keyPackagesLow
const DAY = 24 * 60 * 60_000
const LOOK_EVERY_MS = DAY
/** Packages are good for 90 days (`mls/key-package.ts`), and replaced after 30: who is away for two months can still be added. */
const RENEW_BEFORE_MS = 60 * DAY

export class KeyPackageSupply {
  readonly #core: Core
  readonly #auth: Auth
  #isRunning = false
  #lookedAt = -Infinity

  constructor(core: Core, auth: Auth) {
    this.#core = core
    this.#auth = auth
  }

  /** Uploads what is missing, by what the relay says that it has. What was made and not uploaded is never offered again. */
  supply(statuses: readonly KeyPackageStatus[]): Promise<void> {
    return this.#exclusively(async () => {
      const old = await this.#oldSuites()
      for (const suite of GROUP_SUITES) {
        const status = statuses.find((known) => known.suite === suite)
        const known = status ?? { suite, count: 0, hasLastResort: false, highestId: 0 }
        // Another package of last resort makes the relay forget the others, which are as old.
        await this.#fill(old.has(suite) ? { ...known, count: 0, hasLastResort: false } : known)
      }
    })
  }

  /** After the relay said that few are left of one suite. */
  refill(status: KeyPackageStatus): Promise<void> {
    return this.#exclusively(() => this.#fill(status))
  }

  async #exclusively(task: () => Promise<void>): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      await task()
    } finally {
      this.#isRunning = false
    }
  }

  async #fill({ suite, count, hasLastResort, highestId }: KeyPackageStatus): Promise<void> {
    if (count >= REFILL_BELOW && hasLastResort) return
    const { makeKeyPackage } = await loadMls()
    const make = () => makeKeyPackage(ownDevice(this.#core), suite, this.#core.now())
    const missing = count < REFILL_BELOW ? TARGET - count : 0
    const made = await Promise.all(Array.from({ length: missing }, make))
    const last = hasLastResort ? undefined : await make()
    await this.#core.transact((draft) => {
      for (const own of [...made, ...(last === undefined ? [] : [last])]) {
        const record = { own: own as never, suite, notAfter: own.notAfter, isLastResort: own === last }
        draft.put(keyPackageRecord, keyPackageKey(own.ref), record)
      }
      return Promise.resolve()
    })
    await this.#auth.call(uploadKeyPackages, {
      suite,
      ...(last === undefined ? {} : { lastResort: last.body }),
      keyPackages: made.map(({ body }, at) => ({ id: highestId + 1 + at, body })),
    })
  }

  /** Suites whose newest package of last resort is to be renewed; forgets packages that nobody may use any more. Once a day. */
  async #oldSuites(): Promise<ReadonlySet<GroupSuite>> {
    const now = this.#core.now()
    if (now - this.#lookedAt < LOOK_EVERY_MS) return new Set()
    const newest = new Map<GroupSuite, number>()
    await this.#core.transact(async (draft) => {
      for (const { partition, value } of await this.#core.store.all('keyPackage')) {
        const { suite, notAfter, isLastResort } = parseRecord(keyPackageRecord, value)
        if (notAfter < now) draft.delete(keyPackageKey(partition))
        if (isLastResort) newest.set(suite, Math.max(newest.get(suite) ?? 0, notAfter))
      }
    })
    this.#lookedAt = now
    return new Set([...newest].filter(([, notAfter]) => notAfter - now < RENEW_BEFORE_MS).map(([suite]) => suite))
  }
}
