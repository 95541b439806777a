import { useMemo } from 'react'
import { create } from 'zustand'
import type { ConversationRow, EngineEvent, Typist } from '../engine/api.ts'
import { foldForSearch, selectConversations } from './conversation-list.ts'

interface ConversationsState {
  /** Replaced, never changed. */
  readonly rows: ReadonlyMap<string, ConversationRow>
  /** Who is typing, where somebody is. */
  readonly typing: ReadonlyMap<string, readonly Typist[]>
  /** The rows have come: an empty list is really empty. */
  readonly loaded: boolean
}

const useRows = create<ConversationsState>(() => ({ rows: new Map(), typing: new Map(), loaded: false }))

/** Rows that came since the last render. A flood of events costs one copy of the map, not one each. */
const pending = new Map<string, ConversationRow | undefined>()
let scheduled = false

function change(id: string, row: ConversationRow | undefined): void {
  pending.set(id, row)
  if (scheduled) return
  scheduled = true
  queueMicrotask(flush)
}

function flush(): void {
  scheduled = false
  if (pending.size === 0) return
  const rows = new Map(useRows.getState().rows)
  for (const [id, row] of pending) {
    if (row === undefined) rows.delete(id)
    else rows.set(id, row)
  }
  pending.clear()
  useRows.setState({ rows })
}

export function conversationsEvent(event: EngineEvent): void {
  if (event.type === 'conversations') {
    pending.clear()
    // Who was typing is known to nobody who took over; who goes on tells again.
    useRows.setState({ rows: new Map(event.rows.map((row) => [row.id, row])), typing: new Map(), loaded: true })
  } else if (event.type === 'conversation') change(event.row.id, event.row)
  else if (event.type === 'conversationRemoved') change(event.id, undefined)
  else if (event.type === 'typing') {
    const typing = new Map(useRows.getState().typing)
    if (event.typists.length > 0) typing.set(event.conversation, event.typists)
    else typing.delete(event.conversation)
    useRows.setState({ typing })
  } else if (event.type === 'phase' && event.phase.phase !== 'ready' && event.phase.phase !== 'revoked') {
    // Locked or handed over: nothing that was readable stays in the tab.
    pending.clear()
    useRows.setState({ rows: new Map(), typing: new Map(), loaded: false })
  }
}

/** Which conversations a list shows. */
export interface ConversationFilter {
  /** Part of a name or username, as typed. Looks at archived ones too. */
  readonly search?: string
  readonly archived?: boolean
  /** What strangers began, instead of the rest. */
  readonly requests?: boolean
}

/** The list: pinned first, then by the last message. */
export function useConversations({
  search = '',
  archived = false,
  requests = false,
}: ConversationFilter = {}): readonly ConversationRow[] {
  const rows = useRows((state) => state.rows)
  return useMemo(
    () => selectConversations(rows.values(), { search: foldForSearch(search), archived, requests }),
    [rows, search, archived, requests],
  )
}

/** Every row, in no order. */
export const useAllConversations = (): ReadonlyMap<string, ConversationRow> => useRows((state) => state.rows)

/** Whether the rows have come: before that a list shows its skeleton. */
export const useConversationsLoaded = (): boolean => useRows((state) => state.loaded)

export const useConversation = (id: string): ConversationRow | undefined => useRows((state) => state.rows.get(id))
export const getConversation = (id: string): ConversationRow | undefined =>
  pending.get(id) ?? useRows.getState().rows.get(id)

const NOBODY: readonly Typist[] = []

/** Who is typing in a conversation. */
export const useTyping = (id: string): readonly Typist[] => useRows((state) => state.typing.get(id) ?? NOBODY)

/** Conversations with unread messages that are neither muted nor archived: for the page's title and badge. */
export function useUnreadCount(): number {
  const rows = useRows((state) => state.rows)
  return useMemo(() => {
    let count = 0
    for (const row of rows.values()) if (row.unread > 0 && !row.archived && row.mutedUntil === undefined) count++
    return count
  }, [rows])
}

/** For keys that go to the next or a numbered conversation. */
export const listedConversations = (): readonly ConversationRow[] =>
  selectConversations(useRows.getState().rows.values(), { search: '', archived: false })
