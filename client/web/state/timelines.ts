import { useCallback, useEffect } from 'react'
import { create } from 'zustand'
import type { EngineEvent, TimelineItem } from '../engine/api.ts'
import { engineApi } from './api.ts'
import { getConversation } from './conversations.ts'
import { type TimelineWindow, windowOf, withItems, withOlder, withState } from './timeline-window.ts'

/** Items of a page: more than the tallest screen shows, few enough to come within a frame or two. */
const PAGE = 60
/** Opening a conversation with many unread messages loads up to this many, so that the first unread one is there. */
const FIRST_PAGE_MAX = 500
/** Windows that are kept while others are looked at: going back is then immediate. */
const KEPT = 12

interface Entry extends TimelineWindow {
  readonly status: 'loading' | 'ready' | 'failed'
  readonly loadingOlder: boolean
}

interface Timelines {
  /** In the order of use; the longest unused first. */
  readonly entries: ReadonlyMap<string, Entry>
}

const NOTHING: Entry = { items: [], more: false, status: 'loading', loadingOlder: false }
const useTimelines = create<Timelines>(() => ({ entries: new Map() }))

/** Events that came while a page was read: applied on top of it, because the page may be from before them. */
const meanwhile = new Map<string, EngineEvent[]>()

function put(id: string, entry: Entry): void {
  const entries = new Map(useTimelines.getState().entries)
  entries.delete(id)
  entries.set(id, entry)
  for (const old of entries.keys()) {
    if (entries.size <= KEPT) break
    entries.delete(old)
  }
  useTimelines.setState({ entries })
}

function update(id: string, change: (entry: Entry) => Entry): void {
  const { entries } = useTimelines.getState()
  const entry = entries.get(id)
  if (entry === undefined) return
  const changed = change(entry)
  if (changed !== entry) useTimelines.setState({ entries: new Map(entries).set(id, changed) })
}

function apply<T extends TimelineWindow>(window: T, event: EngineEvent): T {
  let changed: TimelineWindow = window
  if (event.type === 'items') changed = withItems(window, event.items)
  if (event.type === 'messageState') changed = withState(window, event.id, event.state, event.failure)
  return changed === window ? window : { ...window, ...changed }
}

/** Reads the newest items anew. */
async function load(id: string): Promise<void> {
  const had = useTimelines.getState().entries.get(id)
  if (had === undefined) put(id, NOTHING)
  meanwhile.set(id, [])
  const unread = getConversation(id)?.unread ?? 0
  const limit = Math.min(FIRST_PAGE_MAX, Math.max(PAGE, unread + PAGE / 2, had?.items.length ?? 0))
  try {
    const page = await engineApi().timeline(id, { limit })
    const window = (meanwhile.get(id) ?? []).reduce(apply, windowOf(page))
    update(id, (entry) => ({ ...entry, ...window, status: 'ready' }))
  } catch {
    update(id, (entry) => (entry.status === 'ready' ? entry : { ...entry, status: 'failed' }))
  } finally {
    meanwhile.delete(id)
  }
}

async function loadOlder(id: string): Promise<void> {
  const entry = useTimelines.getState().entries.get(id)
  const before = entry?.items[0]?.order
  if (entry === undefined || before === undefined || !entry.more || entry.loadingOlder) return
  update(id, (now) => ({ ...now, loadingOlder: true }))
  try {
    const page = await engineApi().timeline(id, { before, limit: PAGE * 2 })
    update(id, (now) => ({ ...now, ...withOlder(now, page), loadingOlder: false }))
  } catch {
    // Scrolling up again tries again.
    update(id, (now) => ({ ...now, loadingOlder: false }))
  }
}

export function timelinesEvent(event: EngineEvent): void {
  if (event.type === 'items' || event.type === 'messageState') {
    meanwhile.get(event.conversation)?.push(event)
    update(event.conversation, (entry) => apply(entry, event))
  } else if (event.type === 'conversations') {
    // A new connection to the engine, or an unlock: events may have been missed.
    for (const id of useTimelines.getState().entries.keys()) void load(id)
  } else if (event.type === 'phase' && event.phase.phase !== 'ready' && event.phase.phase !== 'revoked') {
    useTimelines.setState({ entries: new Map() })
  }
}

export interface Timeline {
  /** Ascending, up to the newest. */
  readonly items: readonly TimelineItem[]
  readonly status: 'loading' | 'ready' | 'failed'
  /** There are older items than the first. */
  readonly more: boolean
  readonly loadingOlder: boolean
  /** The items reach to the newest: they always do, as long as windows are not cut at their end. */
  readonly atEnd: boolean
  /** Reads older items in front. Does nothing while it is under way or when there are none. */
  readonly loadOlder: () => Promise<void>
  /** After `failed`. */
  readonly reload: () => Promise<void>
}

/** The newest items of a conversation, kept up to date. */
export function useTimeline(id: string): Timeline {
  const entry = useTimelines((state) => state.entries.get(id)) ?? NOTHING
  useEffect(() => {
    const { entries } = useTimelines.getState()
    const kept = entries.get(id)
    if (kept === undefined) void load(id)
    else put(id, kept)
  }, [id])
  const older = useCallback(() => loadOlder(id), [id])
  const reload = useCallback(() => {
    put(id, NOTHING)
    return load(id)
  }, [id])
  const { items, status, more, loadingOlder } = entry
  return { items, status, more, loadingOlder, atEnd: true, loadOlder: older, reload }
}
