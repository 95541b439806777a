import type { ConversationRow } from '../../engine/api.ts'
import { isMuted } from '../../features/conversations/muted.ts'

/** The newest message of each conversation, by the conversation's id. */
export type Seen = ReadonlyMap<string, number>

export const seenIn = (rows: readonly ConversationRow[]): Seen => new Map(rows.map((row) => [row.id, row.lastOrder]))

/** Conversations in which a message of somebody else came since, that are not muted. Pure. */
export function arrivals(rows: readonly ConversationRow[], before: Seen): readonly ConversationRow[] {
  return rows.filter(
    (row) =>
      row.lastOrder > (before.get(row.id) ?? 0) &&
      row.preview?.outgoing === false &&
      row.preview.kind !== 'groupEvent' &&
      !isMuted(row),
  )
}
