/** The recovery key: 120 random bits as 24 letters and digits, which open a locked client when nothing else does. */

import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { randomBytes, utf8 } from '#protocol/bytes.ts'

/** Base 32 of RFC 4648, section 6: no 0, 1, 8 or 9, which are read as letters. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const BYTES = 15
const LETTERS = 24
const GROUP = 4

/** A new key, in groups of four with dashes between. */
export function drawRecoveryKey(): string {
  let letters = ''
  let bits = 0
  let held = 0
  for (const octet of randomBytes(BYTES)) {
    held = (held << 8) | octet
    bits += 8
    while (bits >= 5) {
      bits -= 5
      letters += ALPHABET[(held >>> bits) & 31]
    }
    held &= (1 << bits) - 1
  }
  return inGroups(letters)
}

/** What a person typed, as the letters of a key; `undefined` when it cannot be one. Case, spaces and dashes do not matter. */
export function parseRecoveryKey(typed: string): string | undefined {
  const letters = lettersOf(typed)
  return letters.length === LETTERS && /^[A-Z2-7]+$/.test(letters) ? inGroups(letters) : undefined
}

/** Whether `typed` is the last group of a key. */
export function isLastGroup(recoveryKey: string, typed: string): boolean {
  return lettersOf(typed) === recoveryKey.slice(-GROUP)
}

/** 32 octets to wrap with. 120 bits need no slow derivation: nobody tries 2^120 keys. */
export function recoverySecret(recoveryKey: string, salt: Uint8Array): Uint8Array<ArrayBuffer> {
  const key = hkdf(sha256, utf8(lettersOf(recoveryKey)), salt, utf8('silentrelay recovery key v1'), 32)
  return Uint8Array.from(key)
}

/** Digits that are not in the alphabet are taken for the letters that they were misread from. */
function lettersOf(typed: string): string {
  const plain = typed.normalize('NFKC').toUpperCase().replaceAll(/[\s-]/g, '')
  return plain.replaceAll('0', 'O').replaceAll('1', 'I').replaceAll('8', 'B')
}

function inGroups(letters: string): string {
  return letters.match(/.{4}/g)?.join('-') ?? ''
}
