import type { EngineEvent, TimelineItem } from '../api.ts'

/** Between two posts. About one frame of a 60 Hz display: tabs draw no more often. In milliseconds. */
export const TICK_MS = 16

/**
 * Gathers events for a moment, unless none came for a while, so that ten thousand messages are a few dozen posts to each tab. What is said again within
 * a batch is said once, as it is last; the order of what remains is the order of the last words.
 */
export class EventBatch {
  readonly #deliver: (events: readonly EngineEvent[]) => void
  #events = new Map<string, EngineEvent>()
  /** The lists of the batch's `items` events, by their keys: ours, to grow. */
  #items = new Map<string, TimelineItem[]>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #deliveredAt = -Infinity

  constructor(deliver: (events: readonly EngineEvent[]) => void) {
    this.#deliver = deliver
  }

  add(event: EngineEvent): void {
    const key = keyOf(event)
    const gathered = this.#items.get(key)
    if (event.type === 'items' && gathered !== undefined) {
      // Stays where it is: what is said of these messages afterwards follows.
      gathered.push(...event.items)
    } else if (event.type === 'items') {
      const items = [...event.items]
      this.#items.set(key, items)
      this.#events.set(key, { ...event, items })
    } else {
      this.#events.delete(key)
      this.#events.set(key, event)
    }
    // After a pause, when this task is over: somebody who has just sent a message waits to see it.
    this.#timer ??= setTimeout(() => this.flush(), Math.max(0, this.#deliveredAt + TICK_MS - performance.now()))
  }

  /** Delivers what has gathered, now. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#events.size === 0) return
    const events = [...this.#events.values()]
    this.#events = new Map()
    this.#items = new Map()
    this.#deliveredAt = performance.now()
    this.#deliver(events)
  }

  /** Forgets what has gathered. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#events = new Map()
    this.#items = new Map()
  }
}

function keyOf(event: EngineEvent): string {
  switch (event.type) {
    case 'phase':
    case 'connection':
    case 'conversations':
    case 'devicesChanged':
      return event.type
    case 'conversation':
      return `row:${event.row.id}`
    case 'conversationRemoved':
      return `row:${event.id}`
    case 'items':
      return `items:${event.conversation}`
    case 'itemsRemoved':
      return `removed:${event.conversation}:${event.ids.join()}`
    case 'timers':
      return `timers:${event.conversation}:${event.messages.map(({ id }) => id).join()}`
    case 'media':
      return `media:${event.place.conversation}:${event.place.order}:${event.place.item}`
    case 'timelineChanged':
      return `timeline:${event.conversation}`
    case 'groupChanged':
      return `group:${event.conversation}`
    case 'noticeRemoved':
      return `notice:${event.conversation}:${event.id}`
    case 'messageState':
      return `state:${event.conversation}:${event.id}`
    case 'typing':
      return `typing:${event.conversation}`
  }
}
