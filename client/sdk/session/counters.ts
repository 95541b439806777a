import type { Collection, Store } from '../store/store.ts'
import { GAPS, OUTBOX_QUEUE, OWED_RECEIPTS, QUARANTINE, SEEN_LOG, SENT_LOG } from './records.ts'

/** Next free orders of the partitions that grow at their end. Read once; this engine is the only writer. */
export class Counters {
  readonly #next = new Map<string, number>()

  static async read(store: Store): Promise<Counters> {
    const counters = new Counters()
    const last = async (collection: Collection, partition: string): Promise<number> =>
      (await store.range(collection, partition, { reverse: true, limit: 1 }))[0]?.order ?? 0
    // An item keeps its order when it moves from the queue to the log.
    counters.#next.set('outbox', 1 + Math.max(await last('outbox', OUTBOX_QUEUE), await last('outbox', SENT_LOG)))
    counters.#next.set('owed', 1 + (await last('outbox', OWED_RECEIPTS)))
    counters.#next.set('seenLog', 1 + (await last('received', SEEN_LOG)))
    counters.#next.set('quarantine', 1 + (await last('quarantine', QUARANTINE)))
    counters.#next.set('gap', 1 + (await last('quarantine', GAPS)))
    return counters
  }

  /** This number is in use, in a partition that {@link read} does not know: the next one is higher. */
  passed(name: 'outbox', value: number): void {
    this.#next.set(name, Math.max(this.#next.get(name) ?? 1, value + 1))
  }

  /** A number of a failed transaction stays unused. */
  next(name: 'outbox' | 'owed' | 'seenLog' | 'quarantine' | 'gap'): number {
    const value = this.#next.get(name) ?? 1
    this.#next.set(name, value + 1)
    return value
  }
}
