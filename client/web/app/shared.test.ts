import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readFragment, sharedFragment, textOf } from './shared.ts'

const bytes = (text: string) => new TextEncoder().encode(text).length

describe('what another app shares', () => {
  it('is one text, each part on its line and none twice', () => {
    expect(textOf({ title: ' A page ', text: '', url: 'https://example.org/' })).toBe('A page\nhttps://example.org/')
    expect(textOf({ title: 'Look', text: 'Look at https://example.org/', url: 'https://example.org/' })).toBe(
      'Look\nLook at https://example.org/',
    )
    expect(textOf({ title: '', text: ' ', url: '' })).toBe('')
  })

  it('comes through the address as it was, or cut between two characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.nat(400), (text, times) => {
        const whole = textOf({ title: '', text: text.repeat(times), url: '' })
        const fragment = sharedFragment({ title: '', text: text.repeat(times), url: '' })
        const { text: read = '' } = readFragment(`#${fragment}`) ?? {}
        expect(readFragment(`#${sharedFragment({ title: '', text: text.repeat(times), url: '' }, 'a-token')}`)).toEqual(
          {
            ...(read === '' ? {} : { text: read }),
            token: 'a-token',
          },
        )
        expect(read).toBe(whole)
        expect(bytes(read)).toBeLessThanOrEqual(16 * 1_024)
        expect(text.repeat(times).trim().startsWith(read)).toBe(true)
      }),
    )
  })

  it('is nothing where the address says nothing that can be read', () => {
    expect([readFragment(''), readFragment('#'), readFragment('#%E0%A4%A')]).toEqual([undefined, undefined, undefined])
  })

  it('is no token where the text says one', () => {
    const text = 'a&files=b'
    expect(readFragment(`#${sharedFragment({ title: '', text, url: '' })}`)).toEqual({ text })
  })

  it('may be half of a pair of code units, which becomes a sign in its place', () => {
    expect(readFragment(`#${sharedFragment({ title: '', text: 'a\uD800b', url: '' })}`)).toEqual({ text: 'a\uFFFDb' })
  })
})
