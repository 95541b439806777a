import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, randomBytes, toBase64url } from '../bytes.ts'
import { LIMITS, SEALED_BUCKETS } from '../limits.ts'
import { CERTIFICATE_BYTES } from './certificate.ts'
import {
  ENCAPSULATED_BYTES,
  MAX_SEALED_MESSAGE_BYTES,
  SEALED_BODY_BYTES,
  SEALED_TYPE,
  readSealedBody,
  readSealedPlaintext,
  sealedAdditionalData,
  sealedBody,
  sealedPlaintext,
  sealingKeyHint,
} from './envelope.ts'

const certificate = randomBytes(CERTIFICATE_BYTES)
/** Bodies of the ratchet, also such as end like padding does. */
const messages = fc
  .tuple(
    fc.constantFrom(1, 3),
    fc.integer({ min: 0, max: MAX_SEALED_MESSAGE_BYTES - 8 }),
    fc.array(fc.constantFrom(0, 0x80), { maxLength: 7 }),
  )
  .map(([type, length, tail]) =>
    concatBytes(Uint8Array.of(type), new Uint8Array(length).fill(7), Uint8Array.from(tail)),
  )

describe('the plaintext of a sealed envelope', () => {
  it('X-4: has the length of the next bucket, which is all that its length says, and comes back as it was', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const plaintext = sealedPlaintext(certificate, message) ?? expect.fail('too large')
        const needed = CERTIFICATE_BYTES + message.length + 1
        expect(plaintext.length).toBe(SEALED_BUCKETS.find((bucket) => bucket >= needed))
        const read = readSealedPlaintext(plaintext) ?? expect.fail('unreadable')
        expect(Buffer.from(read.certificate).equals(certificate)).toBe(true)
        expect(Buffer.from(read.message).equals(message)).toBe(true)
      }),
    )
  })

  it('X-7: that is without a message, or holds another envelope, is none', () => {
    const nested = concatBytes(Uint8Array.of(SEALED_TYPE), randomBytes(40))
    for (const message of [new Uint8Array(), nested]) {
      expect(readSealedPlaintext(sealedPlaintext(certificate, message) ?? certificate)).toBeUndefined()
    }
    expect(readSealedPlaintext(new Uint8Array())).toBeUndefined()
    expect(readSealedPlaintext(new Uint8Array(SEALED_BUCKETS[0] ?? 0))).toBeUndefined()
  })
})

describe('a sealed body', () => {
  it('X-4: has one of nine lengths, none of which is more than an envelope may have', () => {
    expect(SEALED_BODY_BYTES).toHaveLength(9)
    expect([SEALED_BODY_BYTES[0], SEALED_BODY_BYTES.at(-1)]).toEqual([1_717, 62_901])
    expect(Math.max(...SEALED_BODY_BYTES)).toBeLessThanOrEqual(LIMITS.envelopeBytes)
  })

  it('X-1: is taken apart as it was put together', () => {
    const parts = {
      hint: randomBytes(4),
      encapsulated: randomBytes(ENCAPSULATED_BYTES),
      ciphertext: randomBytes((SEALED_BUCKETS[2] ?? 0) + 16),
    }
    expect(readSealedBody(sealedBody(parts.hint, parts.encapsulated, parts.ciphertext))).toEqual(parts)
  })

  it('X-2: whatever else comes is none, and reading it does not throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (octets) => {
        const isSealed = octets[0] === SEALED_TYPE && SEALED_BODY_BYTES.includes(octets.length)
        expect(readSealedBody(octets) !== undefined).toBe(isSealed)
      }),
    )
  })
})

it('X-2: the additional data are 42 octets, in the order of the specification', () => {
  const [account, messageId, hint] = [randomBytes(16), randomBytes(16), sealingKeyHint(randomBytes(1_216))]
  const target = {
    account: toBase64url(account),
    device: 0x0102,
    registrationId: 0x0304,
    messageId: toBase64url(messageId),
  }
  const expected = (last: number) =>
    concatBytes(Uint8Array.of(6), hint, account, Uint8Array.of(1, 2, 3, 4), messageId, Uint8Array.of(last))
  expect(expected(0)).toHaveLength(42)
  expect(sealedAdditionalData(hint, { ...target, ephemeral: false })).toEqual(expected(0))
  expect(sealedAdditionalData(hint, { ...target, ephemeral: true })).toEqual(expected(1))
})
