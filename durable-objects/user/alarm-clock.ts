/** The object's one alarm, moved only to an earlier time: so that a burst of messages writes it once. */
export class AlarmClock {
  readonly #storage: DurableObjectStorage
  #at = Infinity

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  /** Reads when the alarm is set for, once, before the object takes any event. */
  async load(): Promise<void> {
    this.#at = (await this.#storage.getAlarm()) ?? Infinity
  }

  /** Makes sure that the alarm rings at `at` (milliseconds since the epoch) or before. */
  ringBy(at: number): void {
    if (at >= this.#at) return
    this.#at = at
    // Joins the transaction that is open; the output gate waits for it like for any write.
    void this.#storage.setAlarm(at)
  }

  /** What the alarm was set to `from` for is done: unless it was moved since, it rings at `to` now, or not at all. */
  settle(from: number, to: number | undefined): void {
    if (this.#at !== from) return
    this.#at = to ?? Infinity
    void (to === undefined ? this.#storage.deleteAlarm() : this.#storage.setAlarm(to))
  }

  /** The alarm rang: none is set any more. */
  rang(): void {
    this.#at = Infinity
  }
}
