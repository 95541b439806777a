import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { passphraseBits, passphraseStrength } from './passphrase-strength.ts'

describe('passphrase strength', () => {
  it.each(['', 'short', '1234567', '🦊🦊🦊'])('refuses fewer than eight characters: %j', (passphrase) => {
    expect(passphraseStrength(passphrase)).toBe('tooShort')
  })

  it.each([
    'password',
    '12345678',
    'aaaaaaaaaaaaaaaaaaaaaaaa',
    'abcdefghijklmnop',
    'Summer2024',
    'Password123!',
    'hello hello hello hello',
  ])('calls what is guessed first weak: %j', (passphrase) => expect(passphraseStrength(passphrase)).toBe('weak'))

  it('calls five random words, or sixteen random characters, strong', () => {
    expect(passphraseStrength('glacier otter velvet compass thunder')).toBe('strong')
    expect(passphraseStrength('x7#Qm2!vL9@pR4$k')).toBe('strong')
  })

  it('calls four words fair', () => {
    expect(passphraseStrength('glacier otter velvet compass')).toBe('fair')
  })

  it('takes passphrases of every script, and never falls when something is added', () => {
    expect(passphraseStrength('ледник выдра бархат компас гроза')).toBe('strong')
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-zäß]{1,12}$/)), fc.stringMatching(/^[a-z]{1,12}$/), (words, word) => {
        const [shorter, longer] = [words.join(' '), [...words, word].join(' ')]
        expect(passphraseBits(longer)).toBeGreaterThanOrEqual(passphraseBits(shorter))
      }),
    )
  })
})
