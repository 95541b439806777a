/**
 * Entries on their way, in lanes that do not wait for each other: one call in flight per lane, and whatever arrives meanwhile
 * goes in the next one, so that each lane's entries stay in order and a slow one delays no other.
 */

import type { GroupEntry } from '#protocol/groups/entries.ts'
import type { FanOutTarget } from './rpc.ts'

/** Entries in one call, and octets of base64url: as for messages between accounts (`user/outbound.ts`). */
const MAX_BATCH = 64
const MAX_BATCH_SIZE = 2 * 1_024 * 1_024

interface Item {
  /** Whom it goes to: items with the same list may go in one call. */
  readonly targets: readonly FanOutTarget[]
  /** `undefined`: they only have to look. */
  readonly entry: GroupEntry | undefined
  readonly isUrgent: boolean
}

/** What one call brings. Without entries, its targets only have to look. */
export interface Load {
  readonly entries: readonly GroupEntry[]
  /** Something of it may wake sleeping devices. */
  readonly isUrgent: boolean
}

/** Makes one call of a lane. Does not reject. */
export type Deliver = (lane: string, targets: readonly FanOutTarget[], load: Load) => Promise<void>

export class Lanes {
  readonly #lanes = new Map<string, { readonly waiting: Item[]; isBusy: boolean }>()
  readonly #deliver: Deliver

  constructor(deliver: Deliver) {
    this.#deliver = deliver
  }

  get isIdle(): boolean {
    return this.#lanes.size === 0
  }

  enqueue(lane: string, targets: readonly FanOutTarget[], entry: GroupEntry | undefined, isUrgent: boolean): void {
    const queue = this.#lanes.get(lane) ?? { waiting: [], isBusy: false }
    this.#lanes.set(lane, queue)
    queue.waiting.push({ targets, entry, isUrgent })
  }

  /** Starts a call in every lane that has something waiting and none in flight. Resolves when those lanes are empty. */
  async flush(): Promise<void> {
    const idle = [...this.#lanes].filter(([, { isBusy }]) => !isBusy)
    await Promise.all(idle.map(([lane]) => this.#drain(lane)))
  }

  async #drain(lane: string): Promise<void> {
    const queue = this.#lanes.get(lane)
    if (queue === undefined) return
    queue.isBusy = true
    while (queue.waiting.length > 0) {
      const { targets, load } = takeBatch(queue.waiting)
      await this.#deliver(lane, targets, load)
    }
    this.#lanes.delete(lane)
  }
}

function takeBatch(waiting: Item[]): { targets: readonly FanOutTarget[]; load: Load } {
  const targets = waiting[0]?.targets ?? []
  const entries: GroupEntry[] = []
  let size = 0
  let count = 0
  for (const { targets: others, entry } of waiting) {
    if (others !== targets || (count > 0 && (entry === undefined || entries.length === 0))) break
    size += entry?.body.length ?? 0
    if (count > 0 && (count >= MAX_BATCH || size > MAX_BATCH_SIZE)) break
    if (entry !== undefined) entries.push(entry)
    count += 1
  }
  const isUrgent = waiting.splice(0, count).some((item) => item.isUrgent)
  return { targets, load: { entries, isUrgent } }
}
