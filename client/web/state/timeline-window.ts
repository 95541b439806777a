import type { ErrorCode } from '#protocol/errors.ts'
import type { MessageState } from '#sdk/index.ts'
import type { TimelineItem, TimelinePage } from '../engine/api.ts'

/** A run of a timeline that reaches to its end. Never changed: every function answers a new one, or the same. */
export interface TimelineWindow {
  readonly items: readonly TimelineItem[]
  /** There are older ones. */
  readonly more: boolean
}

const key = (item: TimelineItem): string => `${item.kind}:${item.id}`

/** By order; a notice stands after the message of its order. */
function compare(a: TimelineItem, b: TimelineItem): number {
  if (a.order !== b.order) return a.order - b.order
  if (a.kind !== b.kind) return a.kind === 'message' ? -1 : 1
  return a.at - b.at
}

export function windowOf(page: TimelinePage): TimelineWindow {
  return { items: [...page.items].sort(compare), more: page.more }
}

/** An older page in front. */
export function withOlder(window: TimelineWindow, page: TimelinePage): TimelineWindow {
  const have = new Set(window.items.map(key))
  const older = page.items.filter((item) => !have.has(key(item)))
  return { items: [...older, ...window.items].sort(compare), more: page.more }
}

/** New items, and new versions of items that are there. What is older than the window is not in it. */
export function withItems(window: TimelineWindow, items: readonly TimelineItem[]): TimelineWindow {
  const first = window.items[0]
  const news = new Map<string, TimelineItem>()
  for (const item of items)
    if (!window.more || first === undefined || item.order >= first.order) news.set(key(item), item)
  if (news.size === 0) return window
  const kept = window.items.map((item) => {
    const changed = news.get(key(item))
    if (changed === undefined) return item
    news.delete(key(item))
    return changed
  })
  const last = kept.at(-1)
  const added = [...news.values()].sort(compare)
  const [firstAdded] = added
  const all = [...kept, ...added]
  // What comes is nearly always newer than everything: then nothing has to be sorted.
  const inOrder = last === undefined || firstAdded === undefined || compare(last, firstAdded) <= 0
  return {
    items: inOrder && added.length === all.length - window.items.length ? all : all.sort(compare),
    more: window.more,
  }
}

export function withState(
  window: TimelineWindow,
  id: string,
  state: MessageState,
  failure: ErrorCode | undefined,
): TimelineWindow {
  const index = window.items.findLastIndex((item) => item.kind === 'message' && item.id === id)
  const item = window.items[index]
  if (item?.kind !== 'message') return window
  const { failure: _, ...rest } = item
  const items = [...window.items]
  items[index] = { ...rest, state, ...(failure === undefined ? {} : { failure }) }
  return { items, more: window.more }
}

export function withoutNotice(window: TimelineWindow, id: string): TimelineWindow {
  const items = window.items.filter((item) => item.kind !== 'notice' || item.id !== id)
  return items.length === window.items.length ? window : { items, more: window.more }
}

/** Without messages that disappeared. */
export function withoutItems(window: TimelineWindow, ids: readonly string[]): TimelineWindow {
  const gone = new Set(ids)
  const items = window.items.filter((item) => item.kind !== 'message' || !gone.has(item.id))
  return items.length === window.items.length ? window : { items, more: window.more }
}

export function withTimers(
  window: TimelineWindow,
  messages: readonly { readonly id: string; readonly expiresAt: number }[],
): TimelineWindow {
  const timers = new Map(messages.map(({ id, expiresAt }) => [id, expiresAt]))
  const items = window.items.map((item) => {
    const expiresAt = item.kind === 'message' ? timers.get(item.id) : undefined
    return expiresAt === undefined ? item : { ...item, expiresAt }
  })
  return items.every((item, index) => item === window.items[index]) ? window : { items, more: window.more }
}
