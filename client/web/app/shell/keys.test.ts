import { describe, expect, it } from 'vitest'
import { type KeyPress, shellCommand } from './keys.ts'

const press = (key: string, change: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: '',
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  ...change,
})

describe('keys of the shell', () => {
  it('a question mark opens the sheet, unless it is being written', () => {
    expect(shellCommand(press('?', { shiftKey: true }), false)).toEqual({ do: 'help' })
    expect(shellCommand(press('?', { shiftKey: true }), true)).toBeUndefined()
    expect(shellCommand(press('/', { ctrlKey: true }), true)).toEqual({ do: 'help' })
  })

  it('F6 goes on, and back with Shift, also while writing', () => {
    expect(shellCommand(press('F6'), true)).toEqual({ do: 'nextSection' })
    expect(shellCommand(press('F6', { shiftKey: true }), true)).toEqual({ do: 'previousSection' })
  })

  it('a digit counts by its place on the keyboard, with one of Alt, Ctrl and Command', () => {
    // A French layout writes & there.
    expect(shellCommand(press('&', { code: 'Digit1', altKey: true }), true)).toEqual({ do: 'conversation', index: 0 })
    expect(shellCommand(press('9', { code: 'Digit9', metaKey: true }), true)).toEqual({ do: 'conversation', index: 8 })
    expect(shellCommand(press('1', { code: 'Digit1' }), false)).toBeUndefined()
  })

  it('AltGr, which is Ctrl and Alt at once on Windows, writes characters and commands nothing', () => {
    for (const code of ['Digit1', 'Digit2', 'Digit7']) {
      expect(shellCommand(press('{', { code, ctrlKey: true, altKey: true }), true)).toBeUndefined()
    }
  })

  it('Shift with Alt and an arrow is left to the text field, where it selects', () => {
    expect(shellCommand(press('ArrowDown', { altKey: true }), true)).toEqual({ do: 'nextConversation' })
    expect(shellCommand(press('ArrowDown', { altKey: true, shiftKey: true }), true)).toBeUndefined()
  })
})
