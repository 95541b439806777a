import { describe, expect, it } from 'vitest'
import type { ConversationRow } from '../engine/api.ts'
import { foldForSearch, selectConversations } from './conversation-list.ts'

const row = (id: string, change: Partial<ConversationRow> = {}): ConversationRow => ({
  id,
  unread: 0,
  lastAt: 0,
  lastOrder: 0,
  readUpTo: 0,
  pinned: false,
  archived: false,
  verified: false,
  identityChanged: false,
  ...change,
})
const select = (rows: ConversationRow[], search = '', archived = false) =>
  selectConversations(rows, { search: foldForSearch(search), archived }).map(({ id }) => id)

describe('the list of conversations', () => {
  it('has pinned ones first, then those with the newest message', () => {
    const rows = [row('a', { lastAt: 1 }), row('b', { lastAt: 3 }), row('c', { lastAt: 2, pinned: true })]
    expect(select(rows)).toEqual(['c', 'b', 'a'])
  })

  it('has archived ones apart, and a search finds both', () => {
    const rows = [row('a', { name: 'Ada' }), row('b', { name: 'Adam', archived: true })]
    expect(select(rows)).toEqual(['a'])
    expect(select(rows, '', true)).toEqual(['b'])
    expect(select(rows, 'ada')).toEqual(['a', 'b'])
  })

  it('finds names without their accents, case or width, and usernames with their @', () => {
    const rows = [row('a', { name: 'Åsa Ünlü' }), row('b', { username: 'zoe.b' }), row('c', { name: 'ＭＡＲＩＯ' })]
    expect(select(rows, 'asa unl')).toEqual(['a'])
    expect(select(rows, '@zoe')).toEqual(['b'])
    expect(select(rows, 'mario')).toEqual(['c'])
  })
})
