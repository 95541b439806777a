import { expect, it, vi } from 'vitest'
import { nameOf } from './display-name.ts'

// The macro exists at build time only; `nameOf` does not translate.
vi.mock('@lingui/react/macro', () => ({ useLingui: () => ({}) }))

it('a name loses what would turn it around, and counts only when something of it shows', () => {
  expect(nameOf({ name: '<b>Mallory</b>\u202Egnp.exe' })).toBe('<b>Mallory</b>gnp.exe')
  expect(nameOf({ name: '\u200B\u2800', username: 'fox' })).toBe('@fox')
  expect(nameOf({ name: ' Mira \n' })).toBe('Mira')
  expect(nameOf({})).toBeUndefined()
})
