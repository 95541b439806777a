import type { MessageState, SendFailure } from '#sdk/index.ts'
import { quotedContent } from './quoted-content.ts'
import type { QuoteView, TimelineItem, TimelinePage } from '../engine/api.ts'

/** A run of a timeline. Never changed: every function answers a new one, or the same. */
export interface TimelineWindow {
  readonly items: readonly TimelineItem[]
  /** There are older ones. */
  readonly more: boolean
  /** It does not reach to the end: there are newer ones. */
  readonly newer?: boolean
}

const key = (item: TimelineItem): string => `${item.kind}:${item.id}`

/** By order; a notice stands after the message of its order. */
function compare(a: TimelineItem, b: TimelineItem): number {
  if (a.order !== b.order) return a.order - b.order
  if (a.kind !== b.kind) return a.kind === 'message' ? -1 : 1
  return a.at - b.at
}

export function windowOf(page: TimelinePage): TimelineWindow {
  return { items: [...page.items].sort(compare), more: page.more, newer: false }
}

/** A run around a place, which may not reach to the end. */
export function windowAround(page: TimelinePage, newer: boolean): TimelineWindow {
  return { ...windowOf(page), newer }
}

/** What to read anew of what is shown: `from` down at least this order, `before` this one; the newest where there is none. */
export interface Reread {
  readonly from: number | undefined
  readonly before: number | undefined
}

/**
 * Whoever reads far up stays there: all that was loaded is read anew, and no more than that where it does not reach to the end.
 *
 * @param where `end`: the newest is wanted instead of a run that does not reach to it
 */
export function rereadOf({ items, newer }: TimelineWindow, where: 'here' | 'end'): Reread {
  const [first, last] = [items[0]?.order, items.at(-1)?.order]
  if (newer !== true || last === undefined) return { from: first, before: undefined }
  return where === 'end' ? { from: undefined, before: undefined } : { from: first, before: last + 1 }
}

/** A newer page behind. */
export function withNewer(window: TimelineWindow, page: TimelinePage, newer: boolean): TimelineWindow {
  const have = new Set(window.items.map(key))
  const added = page.items.filter((item) => !have.has(key(item)))
  return { items: [...window.items, ...added].sort(compare), more: window.more, newer }
}

/** An older page in front. */
export function withOlder(window: TimelineWindow, page: TimelinePage): TimelineWindow {
  const have = new Set(window.items.map(key))
  const older = page.items.filter((item) => !have.has(key(item)))
  return { ...window, items: [...older, ...window.items].sort(compare), more: page.more }
}

/** New items, and new versions of items that are there. What is beyond the window is not in it. */
export function withItems(window: TimelineWindow, items: readonly TimelineItem[]): TimelineWindow {
  const shown = requoted(window, items)
  return placed(shown, items)
}

function placed(window: TimelineWindow, items: readonly TimelineItem[]): TimelineWindow {
  const first = window.items[0]
  const end = window.newer === true ? (window.items.at(-1)?.order ?? 0) : Infinity
  const news = new Map<string, TimelineItem>()
  for (const item of items) {
    const isAfter = !window.more || first === undefined || item.order >= first.order
    if (isAfter && item.order <= end) news.set(key(item), item)
  }
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
    newer: window.newer === true,
  }
}

/** With what answers those messages showing them as they are now. */
function requoted(window: TimelineWindow, messages: readonly TimelineItem[]): TimelineWindow {
  const changed = new Map(messages.flatMap((item) => (item.kind === 'message' ? [[item.id, item] as const] : [])))
  return withQuotes(window, (quote) => {
    const { content, order } = changed.get(quote.id) ?? {}
    if (content === undefined || order === undefined) return quote
    const { id, author } = quote
    return { id, author, order, ...quotedContent(content) }
  })
}

function withQuotes(window: TimelineWindow, change: (quote: QuoteView) => QuoteView): TimelineWindow {
  const items = window.items.map((item) => {
    if (item.kind !== 'message' || item.quote === undefined) return item
    const quote = change(item.quote)
    return quote === item.quote ? item : Object.assign({}, item, { quote })
  })
  return items.every((item, index) => item === window.items[index]) ? window : { ...window, items }
}

export function withState(
  window: TimelineWindow,
  id: string,
  state: MessageState,
  failure: SendFailure | undefined,
): TimelineWindow {
  const index = window.items.findLastIndex((item) => item.kind === 'message' && item.id === id)
  const item = window.items[index]
  if (item?.kind !== 'message') return window
  const { failure: _, ...rest } = item
  const items = [...window.items]
  items[index] = { ...rest, state, ...(failure === undefined ? {} : { failure }) }
  return { ...window, items }
}

export function withoutNotice(window: TimelineWindow, id: string): TimelineWindow {
  const items = window.items.filter((item) => item.kind !== 'notice' || item.id !== id)
  return items.length === window.items.length ? window : { ...window, items }
}

/** Without messages that are gone: they disappeared, or were deleted. Nothing of them stays in what answers them. */
export function withoutItems(window: TimelineWindow, ids: readonly string[]): TimelineWindow {
  const gone = new Set(ids)
  const left = withQuotes(window, (quote) => (gone.has(quote.id) ? { id: quote.id, author: quote.author } : quote))
  const items = left.items.filter((item) => item.kind !== 'message' || !gone.has(item.id))
  return items.length === left.items.length ? left : { ...left, items }
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
  return items.every((item, index) => item === window.items[index]) ? window : { ...window, items }
}
