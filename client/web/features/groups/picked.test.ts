import { describe, expect, it } from 'vitest'
import type { ConversationRow } from '../../engine/api.ts'
import { choicesOf, toggled } from './picked.ts'

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
const person = (account: string) => ({ account })

describe('people who are chosen for a group', () => {
  it('are chosen once, and no longer when chosen again', () => {
    const one = toggled([], person('a'), 9)
    const two = toggled(one, person('b'), 9)
    expect(two).toEqual([person('a'), person('b')])
    expect(toggled(two, person('a'), 9)).toEqual([person('b')])
  })

  it('are no more than fit; some can be left out again then', () => {
    const full = [person('a'), person('b')]
    expect(toggled(full, person('c'), 2)).toEqual(full)
    expect(toggled(full, person('b'), 2)).toEqual([person('a')])
  })

  it('are those of conversations, by name, without groups and without who is in already', () => {
    const rows = [
      row('1', { name: 'Otis' }),
      row('2', { username: 'ada' }),
      row('3', { name: 'Crew', group: { members: 2, role: 'owner', stage: 'joined' } }),
      row('4', { name: 'Mira', archived: true }),
      row('5'),
      row('6', { name: 'In already' }),
    ]
    const ids = (search: string) => choicesOf(rows, { search, without: new Set(['6']) }).map(({ account }) => account)
    expect(ids('')).toEqual(['2', '4', '1', '5'])
    expect(ids('MÍ')).toEqual(['4'])
    expect(ids('@ada')).toEqual(['2'])
    expect(ids('zz')).toEqual([])
  })

  it('stand in the order of the language', () => {
    const rows = [
      row('1', { name: 'Zoe' }),
      row('2', { name: 'Öde' }),
      row('3', { name: 'Olaf 10' }),
      row('4', { name: 'Olaf 9' }),
    ]
    const ids = (locale: string) =>
      choicesOf(rows, { search: '', without: new Set(), locale }).map(({ account }) => account)
    expect(ids('de')).toEqual(['2', '4', '3', '1'])
    expect(ids('sv')).toEqual(['4', '3', '1', '2'])
  })
})
