import type { Change, Store } from '#sdk/store/store.ts'

/** Commits changes together: those that come while a commit is under way are the next one, and each record once. */
export class WriteBehind {
  readonly #store: Store
  #waiting = new Map<string, Change>()
  #last: Promise<unknown> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(store: Store) {
    this.#store = store
  }

  /** Resolves when the change is durable. */
  write(change: Exclude<Change, { clear: unknown }>): Promise<void> {
    const { collection, partition, order } = 'put' in change ? change.put : change.delete
    this.#waiting.set(`${collection}\0${partition}\0${order}`, change)
    if (this.#next === undefined) {
      this.#next = this.#last.then(() => {
        const changes = [...this.#waiting.values()]
        this.#waiting = new Map()
        this.#next = undefined
        return this.#store.commit(changes)
      })
      this.#last = this.#next.catch(() => undefined)
    }
    return this.#next
  }

  /** Resolves when everything written so far is durable, or has failed. */
  async idle(): Promise<void> {
    await this.#last
  }
}
