/** Asks the log for accounts, many at once, again and again until it shows what is needed. */

import { fetchDeviceList } from '#protocol/http/devices.ts'
import type { SignedDeviceList } from '#protocol/device-list.ts'
import { type AskedAccount, keyLogLookup } from '#protocol/http/key-log.ts'
import { KEY_LOG_LIMITS } from '#protocol/merkle/limits.ts'
import { backoffDelay } from '../../transport/backoff.ts'
import { RelayError } from '../../transport/errors.ts'
import type { Auth } from '../auth.ts'
import { type Core, isStoreGone } from '../core.ts'
import { adoptDeviceList } from '../directory.ts'
import { DeviceListError } from '../errors.ts'
import { deviceListKey, deviceListRecord } from '../records.ts'
import type { Alarms } from './alarms.ts'
import { readConfiguration, readState } from './configuration.ts'
import { type Examined, examine } from './examine.ts'
import type { KeyLogWait } from './failures.ts'
import { fetchIndexes } from './indexes.ts'
import { type PinnedLogRecord, loggedKey, loggedRecord, nameOf } from './records.ts'
import { DEFAULT_KEY_LOG_TIMING, type KeyLogTiming } from './timing.ts'

interface Task {
  readonly account: string
  /** When it was wanted first. */
  readonly since: number
  failures: number
  notBefore: number
  reason: KeyLogWait | undefined
  isTold: boolean
}

export interface CheckerHooks {
  /** An account needs no lookup any more, or none can help: what was held back for it is looked at again. */
  settled(account: string): void
  /** There is no log, or it is another since now. */
  changed(): void
  /** The own list is fetched from the relay. */
  refreshOwn(): Promise<unknown>
}

export class Checker {
  readonly #core: Core
  readonly #auth: Auth
  readonly #alarms: Alarms
  readonly #hooks: CheckerHooks
  readonly #timing: KeyLogTiming
  readonly #tasks = new Map<string, Task>()
  #isOnline = false
  #isRunning = false
  #again = false
  #timer: unknown
  /** The configuration is read once more before anything else. */
  #isConfigurationDue = false
  /** Failures in a row at what is not about one account. */
  #failures = 0

  constructor(core: Core, auth: Auth, alarms: Alarms, hooks: CheckerHooks) {
    this.#core = core
    this.#auth = auth
    this.#alarms = alarms
    this.#hooks = hooks
    this.#timing = core.platform.timing.keyLog ?? DEFAULT_KEY_LOG_TIMING
  }

  get isOnline(): boolean {
    return this.#isOnline
  }

  /** @param isConfigurationDue whether the deployment's configuration is to be read again */
  connected(isConfigurationDue: boolean): void {
    this.#isOnline = true
    this.#isConfigurationDue ||= isConfigurationDue
    this.#failures = 0
    for (const task of this.#tasks.values()) task.notBefore = 0
    this.wake()
  }

  disconnected(): void {
    this.#isOnline = false
    this.#core.platform.timers.clear(this.#timer)
  }

  /** Has an account looked up. */
  want(account: string): void {
    if (!this.#tasks.has(account)) {
      const since = this.#core.now()
      this.#tasks.set(account, { account, since, failures: 0, notBefore: 0, reason: undefined, isTold: false })
    }
    this.wake()
  }

  /** Why an account waits; `undefined` when it does not, or it is not known yet. */
  waitOf(account: string): { readonly since: number; readonly reason: KeyLogWait | undefined } | undefined {
    return this.#tasks.get(account)
  }

  /** Forgets what waits: all of it is wanted anew where it is still needed. */
  restart(): void {
    this.#tasks.clear()
    this.wake()
  }

  /** Goes through what is due, now or after the round that is running. */
  wake(): void {
    this.#again = true
    if (this.#isRunning || !this.#isOnline || this.#core.isClosed) return
    this.#isRunning = true
    void this.#run()
      .catch((error: unknown) => {
        if (!isStoreGone(error)) this.#later(error)
      })
      .finally(() => {
        this.#isRunning = false
        if (this.#again) this.wake()
      })
  }

  async #run(): Promise<void> {
    while (this.#again && this.#isOnline && !this.#core.isClosed) {
      this.#again = false
      await this.#round()
    }
  }

  async #round(): Promise<void> {
    const before = await this.#core.transact(readState)
    const wasStopped = this.#alarms.stopsEverybody
    if (before === undefined || this.#isConfigurationDue) {
      if (!(await readConfiguration(this.#core, this.#alarms))) {
        for (const task of this.#tasks.values()) this.#wait(task, 'logMalformed')
        return this.#later(undefined)
      }
      this.#isConfigurationDue = false
      this.#failures = 0
    }
    const state = await this.#core.transact(readState)
    if (this.#alarms.stopsEverybody) return this.#tasks.clear()
    if (before === undefined || wasStopped) this.#hooks.changed()
    if (state?.log === undefined) {
      const waiting = Array.from(this.#tasks.keys())
      for (const account of waiting) this.#settle(account)
      return
    }
    const now = this.#core.now()
    const due = [...this.#tasks.values()].filter(({ notBefore }) => notBefore <= now)
    await this.#check(await this.#indexed(state.log, this.#together(due)))
    if (due.length > 0) this.#again = true
    else this.#wakeAt(Math.min(...[...this.#tasks.values()].map(({ notBefore }) => notBefore)))
  }

  /** What one lookup asks for, of what waited longest. Nobody says who asks: the own account beside others would. */
  #together(due: readonly Task[]): readonly Task[] {
    const own = this.#core.requireAccount().account
    const others = due.filter(({ account }) => account !== own)
    const mine = due.find(({ account }) => account === own)
    const isMineFirst = mine !== undefined && others.every(({ notBefore }) => mine.notBefore < notBefore)
    return isMineFirst ? [mine] : others.slice(0, KEY_LOG_LIMITS.lookupsPerRequest)
  }

  /** Of the tasks those whose indexes are known, or were got now. */
  async #indexed({ indexKey }: PinnedLogRecord, tasks: readonly Task[]): Promise<Task[]> {
    const missing: string[] = []
    await this.#core.transact(async (draft) => {
      for (const { account } of tasks) {
        if ((await draft.get(loggedRecord, loggedKey(account))) === undefined) missing.push(account)
      }
    })
    if (missing.length === 0) return [...tasks]
    let indexes: Map<string, string> | undefined
    let failure: unknown
    try {
      indexes = await fetchIndexes(this.#auth, indexKey, missing)
    } catch (error) {
      failure = error
    }
    if (indexes === undefined) {
      for (const task of tasks) {
        if (!missing.includes(task.account)) continue
        this.#wait(task, failure === undefined ? 'indexUnproven' : 'proofWithheld', failure)
      }
      return tasks.filter(({ account }) => !missing.includes(account))
    }
    const found = indexes
    await this.#core.transact(async (draft) => {
      // The log may have been pinned anew meanwhile, under another index key.
      if ((await readState(draft))?.log?.indexKey !== indexKey) return
      for (const [account, index] of found) draft.put(loggedRecord, loggedKey(account), { index })
    })
    return [...tasks]
  }

  async #check(tasks: readonly Task[]): Promise<void> {
    if (tasks.length === 0 || !this.#isOnline || this.#core.isClosed) return
    let outcomes: Examined[]
    try {
      outcomes = await this.#lookUp(tasks.map(({ account }) => account))
    } catch (error) {
      if (isStoreGone(error)) throw error
      for (const task of tasks) this.#wait(task, 'proofWithheld', error)
      return
    }
    for (const [place, task] of tasks.entries()) {
      const outcome = outcomes[place] ?? { verdict: 'again' }
      this.#take(task, outcome.verdict === 'outdated' ? await this.#refetched(task) : outcome)
    }
  }

  #take(task: Task, outcome: Examined): void {
    switch (outcome.verdict) {
      case 'shown':
      case 'none':
      case 'alarm':
        return this.#settle(task.account)
      case 'again':
        return
      case 'outdated':
        return this.#wait(task, 'listOutdated')
      case 'wait':
        return this.#wait(task, outcome.reason)
    }
  }

  async #lookUp(accounts: readonly string[]): Promise<Examined[]> {
    const held = new Map<string, SignedDeviceList>()
    const asked = await this.#core.transact(async (draft) => {
      const found: AskedAccount[] = []
      for (const account of accounts) {
        const logged = await draft.get(loggedRecord, loggedKey(account))
        const list = await draft.get(deviceListRecord, deviceListKey(account))
        const known = list && nameOf(list)?.digest
        if (logged === undefined) continue
        if (list !== undefined && known !== undefined) held.set(account, list)
        found.push({ account, index: logged.index, ...(known === undefined ? {} : { known }) })
      }
      return { accounts: found, pinned: (await readState(draft))?.log?.head?.size ?? 0 }
    })
    // The log was pinned anew meanwhile: indexes are asked for first.
    if (asked.accounts.length < accounts.length) return accounts.map(() => ({ verdict: 'again' }))
    const answer = await this.#core.http.call(keyLogLookup, asked)
    return this.#core.transact((draft) =>
      examine(this.#core, this.#alarms, draft, { accounts, held, pinned: asked.pinned }, answer),
    )
  }

  async #refetched(task: Task): Promise<Examined> {
    try {
      return await this.#refetch(task.account)
    } catch (error) {
      if (isStoreGone(error)) throw error
      return { verdict: 'wait', reason: 'proofWithheld' }
    }
  }

  /** The log has a newer list: an honest relay shows it too. */
  async #refetch(account: string): Promise<Examined> {
    const own = this.#core.requireAccount()
    if (account === own.account) await this.#hooks.refreshOwn()
    else {
      const { deviceList } = await this.#auth.call(fetchDeviceList, { account })
      await this.#core.transact(async (draft) => {
        try {
          await adoptDeviceList(draft, own, account, deviceList)
        } catch (error) {
          // The known one stays. An offered identity is noted, and shown where the person is written to.
          if (!(error instanceof DeviceListError)) throw error
        }
      })
    }
    return this.#core.transact(async (draft): Promise<Examined> => {
      const signed = await draft.get(deviceListRecord, deviceListKey(account))
      const known = signed && nameOf(signed)
      const shown = (await draft.get(loggedRecord, loggedKey(account)))?.shown
      if (known === undefined || shown === undefined || known.version < shown.version) return { verdict: 'outdated' }
      return known.digest === shown.digest ? { verdict: 'shown' } : { verdict: 'again' }
    })
  }

  #settle(account: string): void {
    const isTold = this.#tasks.get(account)?.isTold
    this.#tasks.delete(account)
    if (isTold === true) this.#core.events.emit('keyLogWaiting', { account })
    this.#hooks.settled(account)
  }

  #wait(task: Task, reason: KeyLogWait, error?: unknown): void {
    task.failures += 1
    task.reason = reason
    task.notBefore = this.#core.now() + this.#delay(task.failures, error)
    const { account, since } = task
    if (task.isTold || this.#core.now() - since < this.#timing.tellAfter) return
    task.isTold = true
    this.#core.events.emit('keyLogWaiting', { account, reason })
  }

  /** The round failed as a whole. */
  #later(error: unknown): void {
    this.#failures += 1
    this.#again = false
    this.#wakeAt(this.#core.now() + this.#delay(this.#failures, error))
  }

  #delay(failures: number, error: unknown): number {
    const { retry } = this.#timing
    const asked = error instanceof RelayError ? (error.retryAfterMs ?? 0) : 0
    return Math.max(asked, retry.minMs, backoffDelay(failures, retry, this.#core.platform.random()))
  }

  #wakeAt(at: number): void {
    const { timers } = this.#core.platform
    timers.clear(this.#timer)
    if (this.#isOnline && Number.isFinite(at))
      this.#timer = timers.set(() => this.wake(), Math.max(0, at - timers.now()))
  }
}
