/** From a conversation's items to the rows of its timeline. Rows have keys that survive older and newer items coming. */

import type { TimelineItem } from '../../engine/api.ts'

export type MessageItem = Extract<TimelineItem, { kind: 'message' }>
export type NoticeItem = Extract<TimelineItem, { kind: 'notice' }>
export type EventItem = Extract<TimelineItem, { kind: 'groupEvent' }>

export type Row =
  /** The conversation begins here. */
  | { readonly row: 'start'; readonly key: string }
  | { readonly row: 'day'; readonly key: string; readonly at: number }
  /** The messages that follow are from before this account came: somebody shared them. */
  | { readonly row: 'shared'; readonly key: string; readonly by: NonNullable<MessageItem['sharedBy']> }
  | { readonly row: 'unread'; readonly key: string; readonly count: number }
  | {
      readonly row: 'message'
      readonly key: string
      readonly item: MessageItem
      /** Whether it begins and ends a group of one sender's messages. */
      readonly first: boolean
      readonly last: boolean
    }
  | { readonly row: 'notice'; readonly key: string; readonly item: NoticeItem }
  | { readonly row: 'event'; readonly key: string; readonly item: EventItem }

/** Messages of one sender within this time stand together. */
export const GROUP_MS = 5 * 60_000

/** Answers whether a time lies on another local day than the one asked for before it. Cheap: most lie on the same. */
function dayChanges(): (at: number) => boolean {
  let from = 0
  let to = 0
  return (at) => {
    if (at >= from && at < to) return false
    const day = new Date(at)
    from = day.setHours(0, 0, 0, 0)
    // Not 24 hours later: days on which clocks are changed are longer or shorter.
    to = day.setDate(day.getDate() + 1)
    return true
  }
}

/** Whose word a message stands on, where that is not its author's. */
const sharerOf = (item: TimelineItem | undefined): string | undefined =>
  item?.kind === 'message' ? item.sharedBy?.account : undefined

/** By one author, and close. */
function grouped(a: TimelineItem | undefined, b: TimelineItem | undefined): boolean {
  if (a?.kind !== 'message' || b?.kind !== 'message') return false
  if (sharerOf(a) !== sharerOf(b)) return false
  return a.outgoing === b.outgoing && a.author?.account === b.author?.account && Math.abs(b.at - a.at) < GROUP_MS
}

export interface RowsOptions {
  /** Older items exist that are not loaded: what stands before the first is not known. */
  readonly more: boolean
  /** The unread divider stands before the first message of others after this order. */
  readonly unreadAfter?: number
  readonly unreadCount?: number
}

/** @param items ascending, as they stand in the timeline */
export function rowsOf(items: readonly TimelineItem[], { more, unreadAfter, unreadCount = 0 }: RowsOptions): Row[] {
  const rows: Row[] = more ? [] : [{ row: 'start', key: 'start' }]
  const dayChanged = dayChanges()
  const newDays = items.map((item) => dayChanged(item.at))
  let divided = unreadAfter === undefined
  for (const [index, item] of items.entries()) {
    const previous = items[index - 1]
    const next = items[index + 1]
    // Before the first of the loaded ones a day would only stand until the next page comes, and move everything when it goes.
    const newDay = previous === undefined ? !more : newDays[index] === true
    if (newDay) rows.push({ row: 'day', key: `d:${item.id}`, at: item.at })
    if (item.kind === 'notice') {
      rows.push({ row: 'notice', key: `n:${item.id}`, item })
      continue
    }
    if (item.kind === 'groupEvent') {
      rows.push({ row: 'event', key: `e:${item.id}`, item })
      continue
    }
    // As a day, it waits until it is known what stands before.
    const isKnown = previous !== undefined || !more
    if (isKnown && item.sharedBy !== undefined && sharerOf(previous) !== item.sharedBy.account) {
      rows.push({ row: 'shared', key: `s:${item.id}`, by: item.sharedBy })
    }
    let dividedHere = false
    if (!divided && !item.outgoing && item.sharedBy === undefined && item.order > (unreadAfter ?? 0)) {
      divided = dividedHere = true
      // With unread ones beyond the loaded window the divider's place is not known yet.
      if (previous !== undefined || !more) rows.push({ row: 'unread', key: 'unread', count: unreadCount })
    }
    rows.push({
      row: 'message',
      key: `m:${item.id}`,
      item,
      first: dividedHere || newDays[index] === true || !grouped(previous, item),
      last: newDays[index + 1] === true || !grouped(item, next),
    })
  }
  return rows
}
