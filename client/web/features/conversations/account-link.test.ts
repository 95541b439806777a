import { expect, it } from 'vitest'
import { targetOf } from './account-link.ts'

const HOST = 'chat.example'
const SECRET = 'A'.repeat(43)
const ACCOUNT = 'AAAAAAAAAAAAAAAAAAAAAA'

it('a person is found by what people type: a username in any form, or a link', () => {
  const mira = { by: 'username', username: 'mira.h' }
  for (const typed of ['mira.h', ' @Mira.H ', 'https://chat.example/u/mira.h', 'chat.example/u/Mira.H/', '/u/mira.h']) {
    expect(targetOf(typed, HOST)).toEqual(mira)
  }
  expect(targetOf(`https://chat.example/a/${ACCOUNT}`, HOST)).toEqual({ by: 'account', account: ACCOUNT })
})

it('a group is found by its invite link', () => {
  const invite = { by: 'group', group: ACCOUNT, secret: SECRET }
  expect(targetOf(`https://chat.example/j/${ACCOUNT}#${SECRET}`, HOST)).toEqual(invite)
})

it('what leads nowhere says why', () => {
  const why = (typed: string) => {
    const target = targetOf(typed, HOST)
    return target.by === 'nothing' ? target.why : target
  }
  expect(why('  ')).toBe('empty')
  expect(why('https://other.example/u/mira')).toBe('otherServer')
  expect(why(`https://other.example/j/${ACCOUNT}#${SECRET}`)).toBe('otherServer')
  expect(why(`https://chat.example/j/${ACCOUNT}`)).toBe('invalid')
  for (const typed of ['a', 'two words', 'https://chat.example/x/mira', `https://chat.example/a/short`, 'https://']) {
    expect(why(typed)).toBe('invalid')
  }
})
