import type { MessageItem } from '../timeline/rows.ts'

/** What is written is an answer to a message, or takes the place of its words. */
export interface WritingMode {
  readonly mode: 'reply' | 'edit'
  readonly item: MessageItem
}
