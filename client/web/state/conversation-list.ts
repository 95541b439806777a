import type { ConversationRow } from '../engine/api.ts'

/** Case, accents and compatibility forms make no difference to a search. */
export function foldForSearch(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().trim().replace(/^@/, '')
}

/** What a list shows, in its order. `search` is folded. */
export function selectConversations(
  rows: Iterable<ConversationRow>,
  {
    search,
    archived,
    requests = false,
  }: { readonly search: string; readonly archived: boolean; readonly requests?: boolean },
): readonly ConversationRow[] {
  const selected: ConversationRow[] = []
  for (const row of rows) {
    // Of a request that was blocked, nothing is left to show.
    if (row.blocked === true && row.lastAt === 0) continue
    const isListed = (row.request === true) === requests && (requests || row.archived === archived)
    if (search === '' ? isListed : matches(row, search)) selected.push(row)
  }
  return selected.sort(compare)
}

function matches(row: ConversationRow, search: string): boolean {
  return foldForSearch(row.name ?? '').includes(search) || foldForSearch(row.username ?? '').includes(search)
}

/** Pinned first, then the newest; the id makes the order of equals stable. */
function compare(a: ConversationRow, b: ConversationRow): number {
  return Number(b.pinned) - Number(a.pinned) || b.lastAt - a.lastAt || (a.id < b.id ? -1 : 1)
}
