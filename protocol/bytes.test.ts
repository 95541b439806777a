import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  base64urlByteLength,
  concatBytes,
  equalBytes,
  fromBase64url,
  fromBinaryString,
  fromUtf8,
  randomBytes,
  toBase64url,
  toBinaryString,
  utf8,
} from './bytes.ts'

const octets = fc.uint8Array({ maxLength: 300 })

describe('base64url', () => {
  it('is that of Node, without padding, for any octets', () => {
    fc.assert(
      fc.property(octets, (bytes) => {
        expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
      }),
    )
  })

  it('comes back as the same octets, and its length tells how many', () => {
    fc.assert(
      fc.property(octets, (bytes) => {
        const text = toBase64url(bytes)
        expect(fromBase64url(text)).toEqual(Uint8Array.from(bytes))
        expect(base64urlByteLength(text)).toBe(bytes.length)
      }),
    )
  })

  it('takes more octets than a call has arguments', () => {
    const bytes = new Uint8Array(300_000).map((_, at) => at % 251)
    expect(Buffer.from(bytes).equals(fromBase64url(toBase64url(bytes)))).toBe(true)
  })
})

describe('text', () => {
  it('comes back from UTF-8 as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fromUtf8(utf8(text))).toBe(text)
      }),
    )
  })

  it('keeps a byte order mark, so that two octet strings are never one text', () => {
    expect(fromUtf8(utf8('\u{feff}a'))).toBe('\u{feff}a')
  })

  it('that is not well-formed UTF-8 is refused', () => {
    expect(() => fromUtf8(Uint8Array.of(0xc0, 0x80))).toThrow(TypeError)
    expect(() => fromUtf8(Uint8Array.of(0xed, 0xa0, 0x80))).toThrow(TypeError)
  })

  it('of code units 0 to 255 comes back from octets as it was', () => {
    fc.assert(
      fc.property(octets, (bytes) => {
        expect(fromBinaryString(toBinaryString(bytes))).toEqual(Uint8Array.from(bytes))
      }),
    )
  })
})

describe('octets', () => {
  it('are equal exactly when all of them are', () => {
    fc.assert(
      fc.property(octets, octets, (left, right) => {
        expect(equalBytes(left, left.slice())).toBe(true)
        expect(equalBytes(left, right)).toBe(Buffer.from(left).equals(Buffer.from(right)))
      }),
    )
  })

  it('that differ in one bit are not equal, wherever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), fc.nat(7), (bytes, at, bit) => {
        const other = bytes.slice()
        const index = at % bytes.length
        other[index] = (other[index] ?? 0) ^ (1 << bit)
        expect(equalBytes(bytes, other)).toBe(false)
      }),
    )
  })

  it('join in order', () => {
    fc.assert(
      fc.property(fc.array(octets), (parts) => {
        expect([...concatBytes(...parts)]).toEqual(parts.flatMap((part) => [...part]))
      }),
    )
  })

  it('drawn at random are as many as asked for, and not the same twice', () => {
    expect(randomBytes(16)).toHaveLength(16)
    expect(toBase64url(randomBytes(16))).not.toBe(toBase64url(randomBytes(16)))
  })
})
