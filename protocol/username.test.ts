import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from './limits.ts'
import { canonicalUsername, parseUsername, usernameSkeleton } from './username.ts'

const accepted = (typed: string) => {
  const parsed = parseUsername(typed)
  return parsed.ok ? parsed.canonical : parsed.code
}

describe('N-1: what is typed is normalised', () => {
  it.each([
    ['Alice', 'alice'],
    ['@alice', 'alice'],
    ['  alice\n', 'alice'],
    ['ＡＬＩＣＥ', 'alice'],
    ['＠ａｌｉｃｅ', 'alice'],
    ['𝒶𝓁𝒾𝒸ℯ', 'alice'],
    ['ⓐⓛⓘⓒⓔ', 'alice'],
    ['ﬁnch', 'finch'],
    ['\u{212a}elvin', 'kelvin'],
    ['a.b_c9', 'a.b_c9'],
  ])('%j is %s', (typed, canonical) => {
    expect(accepted(typed)).toBe(canonical)
  })
})

describe('N-1: what is no username', () => {
  it.each([
    ['too short', 'ab'],
    ['too long', 'a'.repeat(LIMITS.usernameMax + 1)],
    ['nothing', ''],
    ['a digit first', '1alice'],
    ['a dot first', '.alice'],
    ['a dot last', 'alice.'],
    ['two dots', 'al..ice'],
    ['a dot and an underscore', 'al._ice'],
    ['a hyphen', 'al-ice'],
    ['a space within', 'al ice'],
    ['two @', '@@alice'],
    ['an @ within', 'al@ice'],
    ['a combining accent', 'alice\u{301}'],
    ['a composed accent', 'alicé'],
    ['a dot above', 'al\u{130}ce'],
    ['a dotless i', 'al\u{131}ce'],
    ['a zero-width space', 'al\u{200b}ice'],
    ['a zero-width joiner', 'al\u{200d}ice'],
    ['a soft hyphen', 'al\u{ad}ice'],
    ['a right-to-left mark', '\u{200f}alice'],
    ['a right-to-left override', 'al\u{202e}ice'],
    ['a byte order mark within', 'al\u{feff}ice'],
    ['a Cyrillic а', '\u{430}lice'],
    ['a Greek omicron', 'b\u{3bf}b'],
    ['an emoji', 'alice😀'],
    ['a NUL', 'alice\0'],
    ['a line break within', 'al\nice'],
  ])('%s', (_, typed) => {
    expect(accepted(typed)).toBe('usernameInvalid')
  })
})

const names = fc.stringMatching(/^[a-z](?:[._]?[a-z0-9]){2,15}$/)
const lookAlikes = fc.constantFrom(
  ['0', 'o'],
  ['1', 'l'],
  ['i', 'l'],
  ['5', 's'],
  ['m', 'rn'],
  ['w', 'vv'],
  ['.', '_'],
) as fc.Arbitrary<[string, string]>

describe('names that look alike', () => {
  it('N-3: replacing a character by one that looks like it does not change the skeleton', () => {
    fc.assert(
      fc.property(names, lookAlikes, (name, [one, other]) => {
        expect(usernameSkeleton(name.replaceAll(one, other))).toBe(usernameSkeleton(name))
        expect(usernameSkeleton(name.replaceAll(other, one))).toBe(usernameSkeleton(name))
      }),
    )
  })

  it('N-3: the skeleton of a skeleton is itself', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(usernameSkeleton(usernameSkeleton(name))).toBe(usernameSkeleton(name))
      }),
    )
  })

  it.each([
    ['paypal', 'paypa1'],
    ['willow', 'vvi11ovv'],
    ['modern', 'rnodem'],
    ['a.b.c', 'a_b_c'],
  ])('N-3: %s and %s collide', (one, other) => {
    expect(usernameSkeleton(canonicalUsername(one))).toBe(usernameSkeleton(canonicalUsername(other)))
  })

  it('N-3: names that do not look alike do not', () => {
    expect(usernameSkeleton('alice')).not.toBe(usernameSkeleton('alicia'))
    expect(usernameSkeleton('bob')).not.toBe(usernameSkeleton('rob'))
  })
})

describe('N-4: names of the service', () => {
  it.each(['admin', 'ADMIN', '@Support', 'adm1n', 'adrnin', 'silentrelay', 's1lentre1ay', 'area51', 'noreply'])(
    '%s is reserved',
    (typed) => {
      expect(accepted(typed)).toBe('usernameReserved')
    },
  )

  it('a name that only contains one is free', () => {
    expect(accepted('badminton')).toBe('badminton')
  })
})

describe('N-2: an accepted name', () => {
  it('stays as it is when it is normalised again', () => {
    fc.assert(
      fc.property(fc.oneof(names, fc.string({ unit: 'binary', maxLength: 40 })), (typed) => {
        const first = parseUsername(typed)
        expect(first.ok ? parseUsername(first.canonical) : first).toEqual(first)
      }),
    )
  })

  it('is ASCII of the right length, whatever was typed', () => {
    const typed = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.stringMatching(/^[a-zA-Z0-9ａ-ｚ._@]{1,40}$/),
    )
    fc.assert(
      fc.property(typed, (name) => {
        const parsed = parseUsername(name)
        if (!parsed.ok) return
        expect(parsed.canonical).toMatch(/^[a-z][a-z0-9._]{2,31}$/)
        expect(canonicalUsername(parsed.display)).toBe(parsed.canonical)
      }),
    )
  })
})
