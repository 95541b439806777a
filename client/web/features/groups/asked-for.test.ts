import { expect, it } from 'vitest'
import type { GroupMemberView } from '../../engine/api.ts'
import { askedFor } from './asked-for.ts'

const person = (account: string, more: Partial<GroupMemberView> = {}): GroupMemberView => ({
  account,
  name: account,
  role: 'member',
  devices: 1,
  isSelf: false,
  verified: false,
  hasLeft: false,
  ...more,
})

it('everybody is asked but oneself, and who has left', () => {
  const { named, nameless, others } = askedFor([
    person('Robin', { isSelf: true }),
    person('Ada'),
    person('Bo', { hasLeft: true }),
    person('x', { name: '\u200B', username: 'cy' }),
    person('y', { name: '\u200B' }),
  ])
  expect(named.map(({ called }) => called)).toEqual(['Ada', '@cy'])
  expect([nameless, others]).toEqual([1, 0])
})

it('of many, five are named; never is one left over who could have been', () => {
  const people = (count: number) => askedFor(Array.from({ length: count }, (_, at) => person(`P${at}`)))
  expect([people(6).named.length, people(6).others]).toEqual([6, 0])
  expect([people(7).named.length, people(7).others]).toEqual([5, 2])
  expect([people(400).named.length, people(400).others]).toEqual([5, 395])
})
