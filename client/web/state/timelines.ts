import { useCallback, useEffect, useMemo } from 'react'
import { create } from 'zustand'
import type { EngineEvent, TimelineItem } from '../engine/api.ts'
import { engineApi } from './api.ts'
import { getConversation } from './conversations.ts'
import { type Echo, unconfirmed, withEchoes } from './echoes.ts'
import { readDownTo } from './read-down-to.ts'
import {
  type TimelineWindow,
  windowOf,
  withItems,
  withOlder,
  withState,
  withTimers,
  withoutItems,
  withoutNotice,
} from './timeline-window.ts'

/** Items of a page: more than the tallest screen shows, few enough to come within a frame or two. */
const PAGE = 60
/** Opening a conversation with many unread messages loads up to this many, so that the first unread one is there. */
const FIRST_PAGE_MAX = 500
/** Windows that are kept while others are looked at: going back is then immediate. */
const KEPT = 12

interface Entry extends TimelineWindow {
  readonly status: 'loading' | 'ready' | 'failed'
  readonly loadingOlder: boolean
  readonly echoes: readonly Echo[]
}

interface Timelines {
  /** In the order of use; the longest unused first. */
  readonly entries: ReadonlyMap<string, Entry>
}

const NOTHING: Entry = { items: [], more: false, status: 'loading', loadingOlder: false, echoes: [] }
const useTimelines = create<Timelines>(() => ({ entries: new Map() }))

/** What disappeared while older pages were read, by any of them: ids are of one conversation only. */
const removedMeanwhile = new Set<EngineEvent[]>()

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
  if (changed === entry) return
  const echoes = unconfirmed(changed.echoes, changed.items)
  useTimelines.setState({ entries: new Map(entries).set(id, { ...changed, echoes }) })
}

function apply<T extends TimelineWindow>(window: T, event: EngineEvent): T {
  let changed: TimelineWindow = window
  if (event.type === 'items') changed = withItems(window, event.items)
  if (event.type === 'itemsRemoved') changed = withoutItems(window, event.ids)
  if (event.type === 'timers') changed = withTimers(window, event.messages)
  if (event.type === 'noticeRemoved') changed = withoutNotice(window, event.id)
  if (event.type === 'messageState') changed = withState(window, event.id, event.state, event.failure)
  return changed === window ? window : { ...window, ...changed }
}

/** Timelines that are to be read once more when the reading that is under way is over. */
const again = new Set<string>()

/** Timelines that are on the screen, and by how many of its parts. */
const watched = new Map<string, number>()

function watch(id: string): () => void {
  watched.set(id, (watched.get(id) ?? 0) + 1)
  return () => {
    const left = (watched.get(id) ?? 1) - 1
    if (left === 0) watched.delete(id)
    else watched.set(id, left)
  }
}

/** Reads the newest items anew. */
async function load(id: string): Promise<void> {
  if (meanwhile.has(id)) {
    again.add(id)
    return
  }
  const had = useTimelines.getState().entries.get(id)
  if (had === undefined) put(id, NOTHING)
  meanwhile.set(id, [])
  const unread = getConversation(id)?.unread ?? 0
  const limit = Math.min(FIRST_PAGE_MAX, Math.max(PAGE, unread + PAGE / 2, had?.items.length ?? 0))
  try {
    // All that was loaded: whoever reads far up stays there.
    const page = await readDownTo(had?.items[0]?.order, limit, (range) => engineApi().timeline(id, range))
    const window = (meanwhile.get(id) ?? []).reduce(apply, windowOf(page))
    update(id, (entry) => ({ ...entry, ...window, status: 'ready' }))
  } catch {
    update(id, (entry) => (entry.status === 'ready' ? entry : { ...entry, status: 'failed' }))
  } finally {
    meanwhile.delete(id)
  }
  if (again.delete(id)) await load(id)
}

async function loadOlder(id: string): Promise<void> {
  const entry = useTimelines.getState().entries.get(id)
  const before = entry?.items[0]?.order
  if (entry === undefined || before === undefined || !entry.more || entry.loadingOlder) return
  update(id, (now) => ({ ...now, loadingOlder: true }))
  const since: EngineEvent[] = []
  removedMeanwhile.add(since)
  try {
    const page = await engineApi().timeline(id, { before, limit: PAGE * 2 })
    update(id, (now) => ({ ...now, ...since.reduce(apply, withOlder(now, page)), loadingOlder: false }))
  } catch {
    // Scrolling up again tries again.
    update(id, (now) => ({ ...now, loadingOlder: false }))
  } finally {
    removedMeanwhile.delete(since)
  }
}

/** Shows an own message before the engine has it. Answers what takes it away, if the engine cannot keep it. */
export function showEcho(conversation: string, id: string, content: Echo['content']): () => void {
  const echo: Echo = { kind: 'message', id, order: 0, outgoing: true, at: Date.now(), state: 'queued', content }
  update(conversation, (entry) => ({ ...entry, echoes: [...entry.echoes, echo] }))
  return () => {
    update(conversation, (entry) => ({ ...entry, echoes: entry.echoes.filter((one) => one.id !== id) }))
  }
}

/** Those that change windows. */
const CHANGES = ['items', 'itemsRemoved', 'timers', 'noticeRemoved', 'messageState'] as const
type WindowChange = Extract<EngineEvent, { type: (typeof CHANGES)[number] }>
const isChange = (event: EngineEvent): event is WindowChange => (CHANGES as readonly string[]).includes(event.type)

export function timelinesEvent(event: EngineEvent): void {
  if (isChange(event)) {
    const { conversation } = event
    meanwhile.get(conversation)?.push(event)
    if (event.type === 'itemsRemoved') for (const since of removedMeanwhile) since.push(event)
    update(conversation, (entry) => apply(entry, event))
    // All that was loaded has disappeared: older ones have not.
    const left = useTimelines.getState().entries.get(conversation)
    if (event.type === 'itemsRemoved' && left?.items.length === 0 && left.more) void load(conversation)
  } else if (event.type === 'timelineChanged') {
    if (useTimelines.getState().entries.has(event.conversation)) void load(event.conversation)
  } else if (event.type === 'conversations') {
    // A new connection to the engine, or an unlock: events may have been missed.
    const { entries } = useTimelines.getState()
    const shown = [...entries].filter(([id]) => watched.has(id))
    useTimelines.setState({ entries: new Map(shown) })
    for (const [id] of shown) void load(id)
  } else if (event.type === 'phase' && event.phase.phase !== 'ready' && event.phase.phase !== 'revoked') {
    useTimelines.setState({ entries: new Map() })
  }
}

export interface Timeline {
  /** Ascending, up to the newest, with own messages that the engine does not have yet. */
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
    return watch(id)
  }, [id])
  const older = useCallback(() => loadOlder(id), [id])
  const reload = useCallback(() => {
    put(id, NOTHING)
    return load(id)
  }, [id])
  const { status, more, loadingOlder, echoes } = entry
  const items = useMemo(() => withEchoes(entry.items, echoes), [entry.items, echoes])
  return { items, status, more, loadingOlder, atEnd: true, loadOlder: older, reload }
}
