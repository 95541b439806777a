import { expect, it } from 'vitest'
import { typingIn } from './typing-in.ts'

const [ada, bo, cy] = ['Ada', 'Bo', 'Cy'].map((name) => ({ account: name, name })) as [Named, Named, Named]
type Named = { account: string; name: string }
const nameless = { account: 'x' }

it('one person who is typing is named, and so are two; more are several', () => {
  expect(typingIn([ada])).toEqual({ by: 'one', name: 'Ada' })
  expect(typingIn([bo, ada])).toEqual({ by: 'two', names: ['Bo', 'Ada'] })
  expect(typingIn([ada, bo, cy])).toEqual({ by: 'several' })
})

it('nobody is named who has no name that can be seen', () => {
  expect(typingIn([nameless])).toEqual({ by: 'somebody' })
  expect(typingIn([{ account: 'x', name: '\u202E \u200B' }])).toEqual({ by: 'somebody' })
  expect(typingIn([ada, nameless])).toEqual({ by: 'several' })
})

it('long names are cut, so that the rest of the line is there', () => {
  const long = { account: 'l', name: 'Ana Beatriz Conceição de Albuquerque Figueiredo' }
  expect(typingIn([long])).toEqual({ by: 'one', name: 'Ana Beatriz Conceição…' })
  expect(typingIn([long, { account: 'n', name: 'Castellanos-Montenegro' }])).toEqual({
    by: 'two',
    names: ['Ana', 'Castellano…'],
  })
  expect(typingIn([{ account: 'z', name: `a${'\u0301'.repeat(4_000)}` }])).toMatchObject({ by: 'one' })
  expect(typingIn([{ account: 'f', name: '👩‍🚒'.repeat(30) }])).toEqual({ by: 'one', name: `${'👩‍🚒'.repeat(21)}…` })
})
