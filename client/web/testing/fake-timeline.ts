/** A conversation's items, either written down or made when they are asked for: a hundred thousand cost nothing to open. */

import type { TimelineItem, TimelinePage } from '../engine/api.ts'

type MessageItem = Extract<TimelineItem, { kind: 'message' }>
type EventItem = Extract<TimelineItem, { kind: 'groupEvent' }>
/** What has a place of its own. */
export type PlacedItem = MessageItem | EventItem
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
  readonly #appended: PlacedItem[] = []
  readonly #notices: NoticeItem[] = []
  readonly #changed = new Map<number, MessageItem>()
  readonly #gone = new Set<number>()

  constructor(generated: number, generate: (order: number) => MessageItem) {
    this.#generated = generated
    this.#generate = generate
  }

  get lastOrder(): number {
    return this.#generated + this.#appended.length
  }

  at(order: number): PlacedItem | undefined {
    if (order < 1 || order > this.lastOrder || this.#gone.has(order)) return undefined
    const changed = this.#changed.get(order)
    if (changed !== undefined) return changed
    return order <= this.#generated ? this.#generate(order) : this.#appended[order - this.#generated - 1]
  }

  message(order: number): MessageItem | undefined {
    const item = this.at(order)
    return item?.kind === 'message' ? item : undefined
  }

  /** The last item: what the list shows. */
  last(): PlacedItem | undefined {
    for (let order = this.lastOrder; order > 0; order--) if (!this.#gone.has(order)) return this.at(order)
    return undefined
  }

  append(message: Omit<MessageItem, 'order'>): MessageItem {
    const item = { ...message, order: this.lastOrder + 1 }
    this.#appended.push(item)
    return item
  }

  appendEvent(event: Omit<EventItem, 'order'>): EventItem {
    const item = { ...event, order: this.lastOrder + 1 }
    this.#appended.push(item)
    return item
  }

  notice(notice: NoticeItem): void {
    this.#notices.push(notice)
  }

  change(item: MessageItem): void {
    this.#changed.set(item.order, item)
  }

  /** It disappears. */
  remove(order: number): void {
    this.#gone.add(order)
  }

  /** Messages of others after an order. */
  unreadAfter(order: number): number {
    let unread = 0
    for (let at = order + 1; at <= this.lastOrder; at++) if (this.message(at)?.outgoing === false) unread++
    return unread
  }

  page({ before, after, limit }: TimelineRange): TimelinePage {
    const first = after === undefined ? Math.max(1, (before ?? this.lastOrder + 1) - limit) : after + 1
    const end = after === undefined ? (before ?? this.lastOrder + 1) : Math.min(this.lastOrder, after + limit) + 1
    const items: TimelineItem[] = []
    if (first === 1 && before !== 1) items.push(...this.#notices.filter((notice) => notice.order === 0))
    for (let order = first; order < end; order++) {
      const placed = this.at(order)
      if (placed === undefined) continue
      items.push(placed, ...this.#notices.filter((notice) => notice.order === order))
    }
    return { items, more: first > 1 }
  }
}
