/**
 * A hint at how long a passphrase withstands guessing, no gate beyond its shortest length. It counts what a guesser has to
 * try at least, and errs on the low side: letters of words are worth little, repetitions and sequences almost nothing.
 */

/** Fewer characters are refused. NIST SP 800-63B-4 section 3.1.1.2 asks eight of a secret that is used along with another factor; the device is one. */
export const PASSPHRASE_MIN = 8

export type PassphraseStrength = 'tooShort' | 'weak' | 'fair' | 'strong'

/** What one guess costs with Argon2id makes 45 bits a matter of years on rented hardware, and 60 out of reach. */
const FAIR_BITS = 45
const STRONG_BITS = 60

/** Bits of a word picked at random from some thousands, the most that four or more letters in a row are worth. */
const WORD_BITS = 12

export function passphraseStrength(passphrase: string): PassphraseStrength {
  const characters = Array.from(passphrase.normalize('NFC'))
  if (characters.length < PASSPHRASE_MIN) return 'tooShort'
  const bits = passphraseBits(passphrase)
  if (bits >= STRONG_BITS) return 'strong'
  return bits >= FAIR_BITS ? 'fair' : 'weak'
}

export function passphraseBits(passphrase: string): number {
  const seen = new Set<string>()
  let bits = 0
  for (const part of passphrase.normalize('NFC').match(/\p{L}+|\p{N}+|[^\p{L}\p{N}]+/gu) ?? []) {
    const key = part.toLowerCase()
    // The same word, number or separator again adds nothing to speak of.
    bits += seen.has(key) ? 1 : partBits(part)
    seen.add(key)
  }
  return bits
}

function partBits(part: string): number {
  const characters = Array.from(part)
  const surprising = characters.filter((character, at) => !follows(characters[at - 1], character)).length
  const raw = surprising * Math.log2(poolOf(part))
  return /^\p{L}{4,}$/u.test(part)
    ? Math.min(raw, WORD_BITS + Math.max(0, mixedCase(part)) + beyondWord(characters.length))
    : raw
}

/** Repeats its predecessor, or stands next to it in the alphabet or the digits. */
function follows(before: string | undefined, character: string): boolean {
  if (before === undefined) return false
  return Math.abs((before.codePointAt(0) ?? 0) - (character.codePointAt(0) ?? 0)) <= 1
}

function poolOf(part: string): number {
  if (/^\p{N}+$/u.test(part)) return 10
  if (!/^\p{L}+$/u.test(part)) return 16
  return part === part.toLowerCase() || part === part.toUpperCase() ? 26 : 52
}

/** Capitals inside, beyond the first letter, were not what a dictionary has. */
function mixedCase(part: string): number {
  return (
    Array.from(part.slice(1)).filter((letter) => letter !== letter.toLowerCase() && /\p{Ll}/u.test(part)).length * 2
  )
}

/** Runs longer than words are, are several words, or random letters. */
function beyondWord(length: number): number {
  return Math.max(0, length - 8) * 2.5
}
