import { expect, it } from 'vitest'
import type { ConversationRow } from '../../engine/api.ts'
import { parseTyped } from './typed-query.ts'

const row = (id: string, more: Partial<ConversationRow>): ConversationRow => ({
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
const ROWS = [
  row('ada', { name: 'Ada Lovelace', username: 'ada', lastAt: 1 }),
  row('adam', { name: 'Adam', lastAt: 2 }),
  row('crew', { name: 'Pass crew', group: { members: 3, role: 'member', stage: 'joined' } }),
]
const parse = (typed: string) => parseTyped(typed, ROWS, 'me-id')

it('takes filters out of what is typed, wherever they stand', () => {
  expect(parse('the from:ada hut in:"Pass crew" has:LINK before:2026-01-31')).toEqual({
    text: 'the   hut',
    from: 'ada',
    in: 'crew',
    has: 'link',
    before: '2026-01-31',
    unknown: [],
  })
  expect(parse('from:me ')).toMatchObject({ from: 'me-id', text: '' })
  // A username is exact, a name is as long as it was typed.
  expect(parse('from:adam')).toMatchObject({ from: 'adam' })
  expect(parse('from:love')).toMatchObject({ unknown: ['from:love'] })
})

it('says which filters name nothing, and takes no part of a word for one', () => {
  expect(parse('from:nobody in:crew has:gold before:soon before:2026-13-45')).toMatchObject({
    text: '',
    unknown: ['from:nobody', 'in:crew', 'has:gold', 'before:soon', 'before:2026-13-45'],
  })
  expect(parse('https://a.example/?in:x login:y')).toEqual({ text: 'https://a.example/?in:x login:y', unknown: [] })
})
