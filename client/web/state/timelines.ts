import { useCallback, useEffect, useMemo } from 'react'
import { create } from 'zustand'
import type { MessageContent } from '#sdk/index.ts'
import type { EngineEvent, TimelineItem } from '../engine/api.ts'
import { engineApi } from './api.ts'
import { getConversation } from './conversations.ts'
import { type Echo, unconfirmed, withEchoes } from './echoes.ts'
import { readDownTo } from './read-down-to.ts'
import {
  type TimelineWindow,
  rereadOf,
  windowAround,
  withItems,
  withNewer,
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
  readonly loadingNewer: boolean
  readonly echoes: readonly Echo[]
}

interface Timelines {
  /** In the order of use; the longest unused first. */
  readonly entries: ReadonlyMap<string, Entry>
}

const NOTHING: Entry = {
  items: [],
  more: false,
  status: 'loading',
  loadingOlder: false,
  loadingNewer: false,
  echoes: [],
}
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
const again = new Map<string, 'here' | 'end'>()

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

/**
 * Reads anew what is shown: the newest items, or, where a run further up is shown, that one.
 *
 * @param where `end`: the newest, wherever it was
 */
async function load(id: string, where: 'here' | 'end' = 'here'): Promise<void> {
  if (meanwhile.has(id)) {
    again.set(id, again.get(id) === 'end' ? 'end' : where)
    return
  }
  const had = useTimelines.getState().entries.get(id)
  if (had === undefined) put(id, NOTHING)
  meanwhile.set(id, [])
  const unread = getConversation(id)?.unread ?? 0
  const limit = Math.min(FIRST_PAGE_MAX, Math.max(PAGE, unread + PAGE / 2, had?.items.length ?? 0))
  try {
    const { from, before } = rereadOf(had ?? NOTHING, where)
    const page = await readDownTo(from, limit, (range) => engineApi().timeline(id, range), before)
    const isApart = before !== undefined && before <= (getConversation(id)?.lastOrder ?? 0)
    const window = (meanwhile.get(id) ?? []).reduce(apply, windowAround(page, isApart))
    update(id, (entry) => ({ ...entry, ...window, status: 'ready' }))
  } catch {
    update(id, (entry) => (entry.status === 'ready' ? entry : { ...entry, status: 'failed' }))
  } finally {
    meanwhile.delete(id)
  }
  const next = again.get(id)
  if (!again.delete(id)) return
  await load(id, next)
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

async function loadNewer(id: string): Promise<void> {
  const entry = useTimelines.getState().entries.get(id)
  const after = entry?.items.at(-1)?.order
  if (entry?.newer !== true || after === undefined || entry.loadingNewer) return
  update(id, (now) => ({ ...now, loadingNewer: true }))
  const since: EngineEvent[] = []
  removedMeanwhile.add(since)
  try {
    const limit = PAGE * 2
    const page = await engineApi().timeline(id, { after, limit })
    update(id, (now) => {
      // Another run came in its place meanwhile.
      if (now.items.at(-1)?.order !== after) return { ...now, loadingNewer: false }
      const last = page.items.at(-1)?.order ?? after
      const isEnd = last >= (getConversation(id)?.lastOrder ?? 0) || page.items.length === 0
      const window = since.reduce(apply, withNewer(now, page, !isEnd))
      return { ...now, ...window, loadingNewer: false }
    })
  } catch {
    update(id, (now) => ({ ...now, loadingNewer: false }))
  } finally {
    removedMeanwhile.delete(since)
  }
}

/** Messages that are read on each side of a place that is jumped to. */
const AROUND = PAGE / 2

/** Shows the run around a place, where that is not shown already. Answers whether something is there. */
async function showAround(id: string, order: number): Promise<boolean> {
  const has = () =>
    useTimelines
      .getState()
      .entries.get(id)
      ?.items.some((item) => item.order === order) === true
  if (has()) return true
  const since: EngineEvent[] = []
  removedMeanwhile.add(since)
  try {
    const page = await engineApi().timeline(id, { before: order + AROUND, limit: PAGE })
    const last = page.items.at(-1)?.order ?? 0
    const newer = last < (getConversation(id)?.lastOrder ?? 0)
    update(id, (now) => ({ ...now, ...since.reduce(apply, windowAround(page, newer)), status: 'ready' }))
  } finally {
    removedMeanwhile.delete(since)
  }
  return has()
}

/** Shows the newest run, where an older one is shown. */
async function showEnd(id: string): Promise<void> {
  if (useTimelines.getState().entries.get(id)?.newer === true) await load(id, 'end')
}

/** Shows an own message before the engine has it. Answers what takes it away, if the engine cannot keep it. */
export function showEcho(
  conversation: string,
  id: string,
  { content, quote }: Pick<Echo, 'content' | 'quote'>,
): () => void {
  const at = Date.now()
  const echo: Echo = {
    kind: 'message',
    id,
    order: 0,
    outgoing: true,
    at,
    state: 'queued',
    content,
    ...(quote === undefined ? {} : { quote }),
  }
  update(conversation, (entry) => ({ ...entry, echoes: [...entry.echoes, echo] }))
  void showEnd(conversation)
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

/** The last own text among those that are loaded. */
export function lastOwnText(id: string): Echo | undefined {
  const items = useTimelines.getState().entries.get(id)?.items ?? []
  const found = items.findLast((item) => item.kind === 'message' && item.outgoing && hasWords(item.content))
  return found?.kind === 'message' ? found : undefined
}

export interface Timeline {
  /** Ascending, up to the newest, with own messages that the engine does not have yet. */
  readonly items: readonly TimelineItem[]
  readonly status: 'loading' | 'ready' | 'failed'
  /** There are older items than the first. */
  readonly more: boolean
  readonly loadingOlder: boolean
  /** The items reach to the newest. */
  readonly atEnd: boolean
  /** Reads older items in front. Does nothing while it is under way or when there are none. */
  readonly loadOlder: () => Promise<void>
  /** The same for newer ones, behind. */
  readonly loadNewer: () => Promise<void>
  /** Shows the message of this order among its neighbours. Answers whether there is one. */
  readonly showAround: (order: number) => Promise<boolean>
  /** Shows the newest items again. */
  readonly showEnd: () => Promise<void>
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
  const newer = useCallback(() => loadNewer(id), [id])
  const around = useCallback((order: number) => showAround(id, order), [id])
  const end = useCallback(() => showEnd(id), [id])
  const { status, more, loadingOlder, echoes } = entry
  const atEnd = entry.newer !== true
  const items = useMemo(() => (atEnd ? withEchoes(entry.items, echoes) : entry.items), [atEnd, entry.items, echoes])
  return {
    items,
    status,
    more,
    loadingOlder,
    atEnd,
    loadOlder: older,
    loadNewer: newer,
    showAround: around,
    showEnd: end,
    reload,
  }
}

function hasWords(content: MessageContent): boolean {
  return content.kind === 'text' || (content.kind === 'media' && content.body !== undefined)
}
