import * as fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { toBase64url } from './bytes.ts'
import { LIMITS } from './limits.ts'
import {
  AccountId,
  DeviceAddress,
  DeviceId,
  RegistrationId,
  Seq,
  Signature,
  SignalPublicKey,
  Timestamp,
  bytesOf,
  bytesUpTo,
  listOf,
} from './primitives.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('')

describe('octet strings', () => {
  it('E-1: any octets in canonical base64url are taken', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
        expect(v.is(bytesUpTo(100), toBase64url(bytes))).toBe(true)
        expect(v.is(bytesOf(bytes.length), toBase64url(bytes))).toBe(true)
      }),
    )
  })

  it('E-1: of all texts of one length, exactly one spells each octet string', () => {
    const twoCharacters = ALPHABET.flatMap((first) => ALPHABET.map((second) => first + second))
    const taken = twoCharacters.filter((text) => v.is(bytesOf(1), text))
    expect(taken).toHaveLength(256)
    expect(new Set(taken.map((text) => Buffer.from(text, 'base64url')[0])).size).toBe(256)
    const threeCharacters = ALPHABET.map((last) => `AA${last}`)
    expect(threeCharacters.filter((text) => v.is(bytesOf(2), text))).toHaveLength(16)
  })

  it.each([
    ['padding', 'AA=='],
    ['the other alphabet', 'A+/A'],
    ['a length of 1 modulo 4', 'AAAAA'],
    ['white space', 'AAA A'],
    ['a line break at the end', 'AAAA\n'],
    ['a letter that is not ASCII', 'AAAÄ'],
    ['bits beyond the last octet', 'AB'],
  ])('E-1: %s is refused', (_, text) => {
    expect(v.is(bytesUpTo(100), text)).toBe(false)
  })

  it('have the length that their schema names, in octets', () => {
    for (const length of [15, 17]) expect(v.is(AccountId, toBase64url(new Uint8Array(length)))).toBe(false)
    expect(v.is(AccountId, toBase64url(new Uint8Array(16)))).toBe(true)
    expect(v.is(SignalPublicKey, toBase64url(new Uint8Array(33)))).toBe(true)
    expect(v.is(SignalPublicKey, toBase64url(new Uint8Array(32)))).toBe(false)
    expect(v.is(Signature, toBase64url(new Uint8Array(64)))).toBe(true)
    expect(v.is(bytesUpTo(4), '')).toBe(false)
    expect(v.is(bytesUpTo(4), toBase64url(new Uint8Array(4)))).toBe(true)
    expect(v.is(bytesUpTo(4), toBase64url(new Uint8Array(5)))).toBe(false)
  })
})

describe('numbers', () => {
  it('E-3: ids start at 1 and end at their limit', () => {
    for (const [schema, max] of [
      [DeviceId, LIMITS.deviceId],
      [RegistrationId, LIMITS.registrationId],
    ] as const) {
      expect([0, 1, max, max + 1].map((id) => v.is(schema, id))).toEqual([false, true, true, false])
    }
  })

  it.each([1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1', null, true])(
    'E-6: %s is no seq and no time',
    (value) => {
      expect(v.is(Seq, value)).toBe(false)
      expect(v.is(Timestamp, value)).toBe(false)
    },
  )
})

describe('objects and lists', () => {
  it('E-7: an unknown field is refused where a client sends', () => {
    const address = { account: toBase64url(new Uint8Array(16)), device: 1 }
    expect(v.is(DeviceAddress, address)).toBe(true)
    expect(v.is(DeviceAddress, { ...address, more: 1 })).toBe(false)
  })

  it('lists have both bounds', () => {
    const schema = listOf(DeviceId, 2, 1)
    expect([[], [1], [1, 2], [1, 2, 3]].map((list) => v.is(schema, list))).toEqual([false, true, true, false])
  })
})
