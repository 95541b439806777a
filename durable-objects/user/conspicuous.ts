/** What accounts do here that the watch is to hear of, until the object tells it. In memory alone: it counts, and accuses nobody. */

import type { Signal } from '#db/audit/signals.ts'

export interface Conspicuous {
  /** This account, or one that takes from it. */
  readonly account: string
  readonly signal: Signal
  readonly count: number
}

export class ConspicuousActs {
  readonly #acts = new Map<string, Conspicuous>()

  add(account: string, signal: Signal): void {
    const key = `${account} ${signal}`
    this.#acts.set(key, { account, signal, count: (this.#acts.get(key)?.count ?? 0) + 1 })
  }

  get isEmpty(): boolean {
    return this.#acts.size === 0
  }

  /** All of them, once. */
  take(): Conspicuous[] {
    const acts = [...this.#acts.values()]
    this.#acts.clear()
    return acts
  }
}
