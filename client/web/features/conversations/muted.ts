import type { ConversationRow } from '../../engine/api.ts'

/** Whether notifications are off now; `null` is for good. */
export function isMuted(row: Pick<ConversationRow, 'mutedUntil'>, now: number = Date.now()): boolean {
  return row.mutedUntil === null || (row.mutedUntil !== undefined && row.mutedUntil > now)
}
