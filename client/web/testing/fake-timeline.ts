/** A conversation's items, either written down or made when they are asked for: a hundred thousand cost nothing to open. */

import type { TimelineItem, TimelinePage } from '../engine/api.ts'

type MessageItem = Extract<TimelineItem, { kind: 'message' }>
export type NoticeItem = Extract<TimelineItem, { kind: 'notice' }>

export interface TimelineRange {
  readonly before?: number
  readonly after?: number
  readonly limit: number
}

export class FakeTimeline {
  /** Orders 1 to this are made by `generate`; it answers the same for the same order, always. */
  readonly #generated: number
  readonly #generate: (order: number) => MessageItem
  readonly #appended: MessageItem[] = []
  readonly #notices: NoticeItem[] = []
  readonly #changed = new Map<number, MessageItem>()

  constructor(generated: number, generate: (order: number) => MessageItem) {
    this.#generated = generated
    this.#generate = generate
  }

  get lastOrder(): number {
    return this.#generated + this.#appended.length
  }

  at(order: number): MessageItem | undefined {
    if (order < 1 || order > this.lastOrder) return undefined
    const changed = this.#changed.get(order)
    if (changed !== undefined) return changed
    return order <= this.#generated ? this.#generate(order) : this.#appended[order - this.#generated - 1]
  }

  /** The last message: what the list shows. */
  last(): MessageItem | undefined {
    return this.at(this.lastOrder)
  }

  append(message: Omit<MessageItem, 'order'>): MessageItem {
    const item = { ...message, order: this.lastOrder + 1 }
    this.#appended.push(item)
    return item
  }

  notice(notice: NoticeItem): void {
    this.#notices.push(notice)
  }

  change(item: MessageItem): void {
    this.#changed.set(item.order, item)
  }

  page({ before, after, limit }: TimelineRange): TimelinePage {
    const first = after === undefined ? Math.max(1, (before ?? this.lastOrder + 1) - limit) : after + 1
    const end = after === undefined ? (before ?? this.lastOrder + 1) : Math.min(this.lastOrder, after + limit) + 1
    const items: TimelineItem[] = []
    if (first === 1 && before !== 1) items.push(...this.#notices.filter((notice) => notice.order === 0))
    for (let order = first; order < end; order++) {
      const message = this.at(order)
      if (message === undefined) continue
      items.push(message, ...this.#notices.filter((notice) => notice.order === order))
    }
    return { items, more: first > 1 }
  }
}
