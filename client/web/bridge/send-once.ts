/** Sends a text once, also when the host dies between its commit and its answer: the timeline tells whether it was kept. */

import type { EngineApi, EngineEvent, TimelineItem } from '../engine/api.ts'

/** More than anybody writes before a host that died is replaced. */
const PAGE = 500

export class SendOnce {
  readonly #timeline: EngineApi['timeline']
  /** Highest order that is known of each conversation. */
  readonly #orders = new Map<string, number>()
  /** Ids that calls were answered with while others were under way: they are not what those sent. */
  readonly #answered = new Set<string>()
  #underWay = 0

  constructor(timeline: EngineApi['timeline']) {
    this.#timeline = timeline
  }

  /** Follows what is told of conversations. */
  note(events: readonly EngineEvent[]): void {
    for (const event of events) {
      if (event.type === 'conversations') for (const { id, lastOrder } of event.rows) this.#orders.set(id, lastOrder)
      if (event.type === 'conversation') this.#orders.set(event.row.id, event.row.lastOrder)
    }
  }

  /** @param isLost whether an error leaves open if it was sent */
  async send(
    conversation: string,
    body: string,
    attempt: () => Promise<string>,
    isLost: (error: unknown) => boolean,
  ): Promise<string> {
    // What is told late is lower: more is looked at than need be, and nothing is overlooked.
    const after = this.#orders.get(conversation) ?? 0
    this.#underWay += 1
    try {
      for (;;) {
        try {
          return this.#answer(await attempt())
        } catch (error) {
          if (!isLost(error)) throw error
          const kept = await this.#find(conversation, body, after)
          if (kept !== undefined) return this.#answer(kept)
        }
      }
    } finally {
      this.#underWay -= 1
      if (this.#underWay === 0) this.#answered.clear()
    }
  }

  #answer(id: string): string {
    this.#answered.add(id)
    return id
  }

  async #find(conversation: string, body: string, after: number): Promise<string | undefined> {
    for (let from = after; ;) {
      const { items } = await this.#timeline(conversation, { after: from, limit: PAGE })
      const found = items.find((item) => isOwnText(item, body) && !this.#answered.has(item.id))
      if (found !== undefined) return found.id
      const last = items.findLast(({ kind }) => kind === 'message')
      if (last === undefined) return undefined
      from = last.order
    }
  }
}

function isOwnText(item: TimelineItem, body: string): boolean {
  return item.kind === 'message' && item.outgoing && item.content.kind === 'text' && item.content.body === body
}
