import { OUTBOX_QUEUE, type MessageState, outboxRecord, parseRecord } from '#sdk/session/records.ts'
import { groupOutboxPartition, groupOutboxRecord } from '#sdk/session/groups/records.ts'
import type { Store } from '#sdk/store/store.ts'

/** Counts the visible messages that wait for the relay; those held back for a changed key wait for their author. */
export class Queued {
  readonly #ids: Set<string>

  private constructor(ids: Set<string>) {
    this.#ids = ids
  }

  static async load(store: Store): Promise<Queued> {
    const items = await store.range('outbox', OUTBOX_QUEUE)
    const ids = items.map(({ value }) => parseRecord(outboxRecord, value).message?.id)
    for (const { partition } of await store.all('group')) {
      for (const { value } of await store.range('outbox', groupOutboxPartition(partition))) {
        const { isVisible, isAccepted, wireId } = parseRecord(groupOutboxRecord, value)
        if (isVisible && isAccepted !== true) ids.push(wireId)
      }
    }
    return new Queued(new Set(ids.filter((id) => id !== undefined)))
  }

  get count(): number {
    return this.#ids.size
  }

  /** Answers whether the count changed. */
  note(id: string, state: MessageState): boolean {
    if (state !== 'queued') return this.#ids.delete(id)
    const before = this.#ids.size
    this.#ids.add(id)
    return this.#ids.size !== before
  }
}
