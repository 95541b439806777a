/** What a message weighs on the wire. The relay cannot tell random octets from a ciphertext, so these are random. */

import { randomBytes } from 'node:crypto'

/**
 * 300 octets of text are padded to 512; libsignal's message around them: one block of CBC padding, the ratchet key, two
 * counters, eight octets of MAC and our type octet.
 */
export const BODY_OCTETS = 1 + 1 + (2 + 33) + 2 + 2 + (3 + 528) + 8

const pool = Array.from({ length: 64 }, () => randomBytes(BODY_OCTETS).toString('base64url'))
let turn = 0

export function nextBody(): string {
  turn += 1
  return pool[turn % pool.length] ?? ''
}

export function newMessageId(): string {
  return randomBytes(16).toString('base64url')
}
