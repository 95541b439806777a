/** What may be done with a message, by who one is and where it stands. The engine decides by the same rules. */

import { MAY_PIN, MAY_REMOVE, isAtLeast, rankOf } from '#protocol/groups/roles.ts'
import type { ConversationRow, GroupView } from '../../engine/api.ts'
import type { MessageItem } from '../timeline/rows.ts'

/** Whether anything can be sent to the conversation. */
export function mayWrite(row: ConversationRow | undefined): boolean {
  return row?.group === undefined || row.group.stage === 'joined'
}

/** Whether the relay, or a group, has a message, or may have. */
function isOut({ state }: MessageItem): boolean {
  return state !== 'failed' && state !== 'blocked'
}

export function mayMark(item: MessageItem, row: ConversationRow | undefined): boolean {
  return mayWrite(row) && item.content.kind !== 'deleted' && isOut(item)
}

export function mayEdit(item: MessageItem, row: ConversationRow | undefined): boolean {
  return mayMark(item, row) && item.outgoing && (item.content.kind === 'text' || item.content.kind === 'media')
}

export function mayPin(item: MessageItem, row: ConversationRow | undefined): boolean {
  return mayMark(item, row) && (row?.group === undefined || isAtLeast(row.group.role, MAY_PIN))
}

/** @param group as far as it is known */
export function mayDeleteForEveryone(
  item: MessageItem,
  row: ConversationRow | undefined,
  group: GroupView | undefined,
): boolean {
  if (item.content.kind === 'deleted' || !mayWrite(row)) return false
  if (item.outgoing) return true
  if (row?.group === undefined || group === undefined || !isAtLeast(row.group.role, MAY_REMOVE)) return false
  const author = group.list.find(({ account }) => account === item.author?.account)
  return author === undefined || rankOf(row.group.role) > rankOf(author.role)
}
