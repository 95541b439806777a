import type { ConversationRow } from '../../engine/api.ts'
import { nameOf } from '../../features/conversations/name-of.ts'
import type { NotificationContent } from '../../sw/notification-settings.ts'

/** Systems cut what is longer. In UTF-16 code units. */
const TITLE_MAX = 80
const BODY_MAX = 240

export interface NotificationWords {
  /** “New message” */
  readonly newMessage: string
  /** Of a conversation without a name. */
  readonly unnamed: string
}

/**
 * What a notification of a row's newest message says: no more than is wanted, and never the words of a message that disappears, which
 * the system would keep. Pure.
 */
export function notificationText(
  row: Pick<ConversationRow, 'name' | 'username' | 'preview' | 'timer'>,
  content: NotificationContent,
  { newMessage, unnamed }: NotificationWords,
): { readonly title: string; readonly body: string } {
  if (content === 'nothing') return { title: 'SilentRelay', body: newMessage }
  const title = cut(nameOf(row) ?? unnamed, TITLE_MAX)
  const { text = '', author } = row.preview ?? {}
  if (content === 'sender' || row.timer !== undefined || text.trim() === '') return { title, body: newMessage }
  const by = nameOf({ name: author ?? '' })
  return { title, body: by === undefined ? cut(text, BODY_MAX) : `${cut(by, TITLE_MAX)}: ${cut(text, BODY_MAX)}` }
}

const cut = (text: string, most: number): string => text.slice(0, most).toWellFormed()
