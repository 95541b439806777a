/** The checker, loaded with the log's proofs once the log is asked for the first time: what it is told before waits for it. */

import type { Auth } from '../auth.ts'
import type { Core } from '../core.ts'
import type { Alarms } from './alarms.ts'
import type { Checker, CheckerHooks } from './checker.ts'
import { loadProofs } from './proofs.ts'

export class LazyChecker {
  readonly #make: () => Promise<Checker>
  #checker: Checker | undefined
  #isLoading = false
  /** Accounts that were wanted before it was there. */
  readonly #wanted = new Set<string>()
  #isOnline = false
  #isConfigurationDue = false

  constructor(core: Core, auth: Auth, alarms: Alarms, hooks: CheckerHooks) {
    this.#make = async () => {
      const { Checker: Loaded } = await loadProofs()
      return new Loaded(core, auth, alarms, hooks)
    }
  }

  connected(isConfigurationDue: boolean): void {
    this.#isOnline = true
    this.#isConfigurationDue ||= isConfigurationDue
    this.#load()
  }

  disconnected(): void {
    this.#isOnline = false
    this.#checker?.disconnected()
  }

  want(account: string): void {
    this.#wanted.add(account)
    this.#load()
  }

  waitOf(account: string): ReturnType<Checker['waitOf']> {
    return this.#checker?.waitOf(account)
  }

  restart(): void {
    this.#wanted.clear()
    this.#checker?.restart()
  }

  #load(): void {
    if (this.#checker !== undefined) return this.#pass(this.#checker)
    // What could not be fetched is fetched with the next question, or the next connection.
    if (this.#isLoading) return
    this.#isLoading = true
    void this.#loaded().catch(() => undefined)
  }

  async #loaded(): Promise<void> {
    try {
      this.#checker = await this.#make()
    } finally {
      this.#isLoading = false
    }
    this.#pass(this.#checker)
  }

  /** Tells it what it was not told yet. */
  #pass(checker: Checker): void {
    const wanted = [...this.#wanted]
    this.#wanted.clear()
    for (const account of wanted) checker.want(account)
    if (!this.#isOnline) return
    if (this.#isConfigurationDue || !checker.isOnline) checker.connected(this.#isConfigurationDue)
    this.#isConfigurationDue = false
  }
}
