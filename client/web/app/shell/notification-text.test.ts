import { describe, expect, it } from 'vitest'
import type { ConversationRow } from '../../engine/api.ts'
import { arrivals, seenIn } from './arrivals.ts'
import { notificationText } from './notification-text.ts'

const preview = { text: 'The gate’s code is 4711', outgoing: false, state: 'received', kind: 'text' } as const
const row = (more: Partial<ConversationRow> = {}): ConversationRow => ({
  id: 'a',
  name: 'Mira',
  unread: 1,
  lastAt: 0,
  lastOrder: 5,
  readUpTo: 0,
  pinned: false,
  archived: false,
  verified: false,
  identityChanged: false,
  preview,
  ...more,
})
const WORDS = { newMessage: 'New message', unnamed: 'Unnamed contact' }

describe('a notification', () => {
  it('says as much as is wanted', () => {
    const said = (['message', 'sender', 'nothing'] as const).map((content) => notificationText(row(), content, WORDS))
    expect(said).toEqual([
      { title: 'Mira', body: 'The gate’s code is 4711' },
      { title: 'Mira', body: 'New message' },
      { title: 'SilentRelay', body: 'New message' },
    ])
  })

  it('names the author in a group', () => {
    const { body } = notificationText(row({ preview: { ...preview, author: 'Otis' } }), 'message', WORDS)
    expect(body).toBe('Otis: The gate’s code is 4711')
  })

  it('never has the words of a message that disappears', () => {
    expect(notificationText(row({ timer: 60 }), 'message', WORDS).body).toBe('New message')
  })

  it('is of new messages of others in conversations that are not muted', () => {
    const before = seenIn([row(), row({ id: 'b' }), row({ id: 'c' }), row({ id: 'd' }), row({ id: 'e' })])
    const now = [
      row({ lastOrder: 6 }),
      row({ id: 'b', lastOrder: 6, preview: { ...preview, outgoing: true } }),
      row({ id: 'c', lastOrder: 6, mutedUntil: null }),
      row({ id: 'd', lastOrder: 6, mutedUntil: 1 }),
      row({ id: 'e' }),
      row({ id: 'f', lastOrder: 1 }),
    ]
    expect(arrivals(now, before).map(({ id }) => id)).toEqual(['a', 'd', 'f'])
  })
})
