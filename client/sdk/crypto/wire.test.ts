import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecryptionError } from './errors.ts'
import { type Shape, readFields, writeFields } from './protobuf.ts'
import { parseMessage, parsePrekeyMessage } from './wire.ts'

const SHAPE: Shape = { 1: 'uint32', 2: 'bytes', 15: 'uint32', 16: 'bytes' }
const KEY = Uint8Array.of(5, ...new Uint8Array(32).fill(9))

function message(fields: readonly (readonly [number, number | Uint8Array])[]): Uint8Array {
  return Uint8Array.of(0x33, ...writeFields(fields), ...new Uint8Array(8))
}

describe('fields', () => {
  it('come back as they were written', () => {
    const uint32 = fc.nat(0xff_ff_ff_ff)
    const bytes = fc.uint8Array({ maxLength: 300 })
    fc.assert(
      fc.property(uint32, bytes, uint32, bytes, (one, two, three, four) => {
        const written = writeFields([
          [1, one],
          [2, two],
          [15, three],
          [16, four],
        ])
        expect([...readFields(written, SHAPE).values()]).toEqual([one, two, three, four])
      }),
    )
  })

  it.each([
    ['repeated', [8, 1, 8, 1]],
    ['unknown', [24, 1]],
    ['of another type', [10, 1, 0]],
    ['cut off', [18, 5, 0]],
    ['a number without an end', [8, 0x80]],
    ['a number of 33 bits', [8, 0xff, 0xff, 0xff, 0xff, 0x1f]],
    ['a number of six octets', [8, 0x80, 0x80, 0x80, 0x80, 0x80, 1]],
    ['a number in a longer form', [8, 0x81, 0]],
  ])('are refused when %s', (_, octets) => {
    expect(() => readFields(Uint8Array.from(octets), SHAPE)).toThrow(DecryptionError)
  })
})

describe('messages', () => {
  const fields = [
    [1, KEY],
    [2, 7],
    [3, 2],
    [4, new Uint8Array(16)],
  ] as const

  it('are read', () => {
    expect(parseMessage(message(fields))).toEqual({ ratchetKey: KEY, counter: 7, previousCounter: 2 })
  })

  it.each([
    ['a field is missing', fields.slice(1)],
    ['a counter is missing', [fields[0], fields[2], fields[3]]],
    ['the key is short', [[1, KEY.subarray(1)] as const, ...fields.slice(1)]],
    ['the key is of another type', [[1, new Uint8Array(33)] as const, ...fields.slice(1)]],
    ['the ciphertext is no whole block', [...fields.slice(0, 3), [4, new Uint8Array(17)] as const]],
    ['the ciphertext is empty', [...fields.slice(0, 3), [4, new Uint8Array()] as const]],
  ])('are refused when %s', (_, changed) => {
    expect(() => parseMessage(message(changed))).toThrow(expect.objectContaining({ code: 'malformed' }))
  })

  it('throw a named error, and no other, for any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (octets, prekey) => {
        const bytes = Uint8Array.of(0x33, ...octets)
        expect(() => (prekey ? parsePrekeyMessage(bytes) : parseMessage(bytes))).toThrow(DecryptionError)
      }),
    )
  })
})
