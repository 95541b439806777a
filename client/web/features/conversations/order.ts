/** Which conversations the list shows, and in which order. */

import type { ConversationRow } from '../../engine/api.ts'

export type ListFilter = 'all' | 'unread' | 'archived'

/** What can be typed on any keyboard finds what is written with accents: without case and marks. */
function searchable(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
}

/** Whether each word typed begins a word of the name or is part of the username. */
export function matchesSearch(row: Pick<ConversationRow, 'name' | 'username' | 'id'>, query: string): boolean {
  const words = searchable(query)
    .replace(/^@/, '')
    .split(/\s+/)
    .filter((word) => word !== '')
  if (words.length === 0) return true
  const name = searchable(row.name ?? '')
  const username = searchable(row.username ?? '')
  return words.every((word) => name.includes(word) || username.includes(word))
}

/** Pinned ones first, then by the last message; a draft does not move a conversation. */
function before(a: ConversationRow, b: ConversationRow): number {
  if (a.pinned !== b.pinned) return a.pinned ? -1 : 1
  return b.lastAt - a.lastAt || (a.id < b.id ? -1 : 1)
}

/** A search goes through everything, archived ones too. */
export function listed(rows: readonly ConversationRow[], filter: ListFilter, query: string): ConversationRow[] {
  const searching = query.trim() !== ''
  return rows
    .filter((row) => {
      if (searching) return matchesSearch(row, query)
      if (filter === 'archived') return row.archived
      return !row.archived && (filter !== 'unread' || row.unread > 0)
    })
    .sort(before)
}

/** `null` is for good. */
export function isMuted(row: Pick<ConversationRow, 'mutedUntil'>, now: number): boolean {
  return row.mutedUntil === null || (row.mutedUntil !== undefined && row.mutedUntil > now)
}
