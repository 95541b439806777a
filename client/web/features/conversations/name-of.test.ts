import { expect, it } from 'vitest'
import { nameOf } from './name-of.ts'

it('a name loses what would turn it around, and counts only when something of it shows', () => {
  expect(nameOf({ name: '<b>Mallory</b>\u202Egnp.exe' })).toBe('<b>Mallory</b>gnp.exe')
  expect(nameOf({ name: '\u200B\u2800', username: 'fox' })).toBe('@fox')
  expect(nameOf({ name: ' Mira \n' })).toBe('Mira')
  expect(nameOf({})).toBeUndefined()
})
