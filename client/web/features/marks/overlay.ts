import type { MessageItem } from '../timeline/rows.ts'

/** What is open over a conversation, about one of its messages. */
export interface Overlay {
  readonly kind: 'emoji' | 'reactions' | 'versions' | 'forward' | 'delete'
  readonly item: MessageItem
}
