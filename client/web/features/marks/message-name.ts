import type { MessageName } from '#protocol/content/message-name.ts'
import type { MessageItem } from '../timeline/rows.ts'

/**
 * By what all devices know a message of a conversation.
 *
 * @param own the own account
 */
export function nameOfMessage(item: MessageItem, conversation: string, own: string): MessageName {
  // In a conversation of two the other side's id is the conversation's.
  return { author: item.outgoing ? own : (item.author?.account ?? conversation), id: item.id }
}
