import { describe, expect, it } from 'vitest'
import type { ConversationRow } from '../../engine/api.ts'
import { isMuted, listed, matchesSearch } from './order.ts'

const row = (id: string, more: Partial<ConversationRow> = {}): ConversationRow => ({
  id,
  unread: 0,
  lastAt: 0,
  lastOrder: 0,
  readUpTo: 0,
  pinned: false,
  archived: false,
  verified: false,
  identityChanged: false,
  ...more,
})
const ids = (rows: readonly ConversationRow[]) => rows.map(({ id }) => id)

describe('the conversation list', () => {
  it('stands pinned first, then by the last message', () => {
    const rows = [row('old', { lastAt: 1 }), row('new', { lastAt: 3 }), row('pinned', { pinned: true })]
    expect(ids(listed(rows, 'all', ''))).toEqual(['pinned', 'new', 'old'])
  })

  it('keeps archived ones apart, but a search finds them', () => {
    const rows = [row('a', { name: 'Anna', archived: true }), row('b', { name: 'Ben', unread: 1 })]
    expect(ids(listed(rows, 'all', ''))).toEqual(['b'])
    expect(ids(listed(rows, 'archived', ''))).toEqual(['a'])
    expect(ids(listed(rows, 'unread', ''))).toEqual(['b'])
    expect(ids(listed(rows, 'all', 'an'))).toEqual(['a'])
  })

  it('is searched without case and accents, by name and username', () => {
    expect(matchesSearch({ id: '', name: 'Tomasz Zieliński' }, 'ZIELINSKI tom')).toBe(true)
    expect(matchesSearch({ id: '', username: 'mira.h' }, '@mira')).toBe(true)
    expect(matchesSearch({ id: '', name: 'Mira' }, 'otis')).toBe(false)
  })

  it('is muted for good or until a time', () => {
    expect(isMuted({ mutedUntil: null }, 5)).toBe(true)
    expect(isMuted({ mutedUntil: 6 }, 5)).toBe(true)
    expect(isMuted({ mutedUntil: 4 }, 5)).toBe(false)
    expect(isMuted({}, 5)).toBe(false)
  })
})
