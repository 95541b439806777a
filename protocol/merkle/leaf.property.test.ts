import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commit, openingFor, opens } from './commitment.ts'
import { type Leaf, readLeaf, writeLeaf } from './leaf.ts'
import { KEY_LOG_LIMITS } from './limits.ts'
import { flipped } from './testing/data.ts'
import { readUint64, uint64 } from './uint64.ts'

const octets = fc.uint8Array({ minLength: 32, maxLength: 32 })
const from = (min: number) => fc.integer({ min, max: Number.MAX_SAFE_INTEGER })
const leaf = fc.oneof(
  fc.record({ kind: fc.constant('deviceList' as const), index: octets, version: from(1), commitment: octets }),
  fc.record({ kind: fc.constant('accountRemoved' as const), index: octets, version: from(2) }),
  fc.record({
    kind: fc.constant('mapRoot' as const),
    epoch: from(1),
    at: from(0),
    entries: from(0),
    root: octets,
    indexKey: octets,
  }),
  fc.record({ kind: fc.constant('clientManifest' as const), sequence: from(1), digest: octets }),
) satisfies fc.Arbitrary<Leaf>

describe('a leaf', () => {
  it('comes out as it went in, and fits its limit', () => {
    fc.assert(
      fc.property(leaf, (one) => {
        expect(readLeaf(writeLeaf(one))).toEqual(one)
        expect(writeLeaf(one).length).toBeLessThanOrEqual(KEY_LOG_LIMITS.leafBytes)
      }),
    )
  })

  it('has one encoding: octets that are read are written again, cut or lengthened ones are none', () => {
    fc.assert(
      fc.property(leaf, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, place, mask) => {
        const bytes = writeLeaf(one)
        const other = flipped(bytes, place % bytes.length, mask)
        const read = readLeaf(other)
        if (read !== undefined) expect(writeLeaf(read)).toEqual(other)
        expect(readLeaf(bytes.subarray(0, place % bytes.length))).toBeUndefined()
        expect(readLeaf(Buffer.concat([bytes, Uint8Array.of(mask)]))).toBeUndefined()
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const read = readLeaf(bytes)
        if (read !== undefined) expect(writeLeaf(read)).toEqual(bytes)
      }),
    )
  })

  it('is none of another format or kind, nor with numbers that no leaf has', () => {
    const [index, commitment] = [new Uint8Array(32), new Uint8Array(32)]
    const bytes = writeLeaf({ kind: 'deviceList', index, version: 1, commitment })
    expect(Buffer.from(bytes.subarray(0, 2)).toString('hex')).toBe('0101')
    expect(readLeaf(flipped(bytes, 0, 3))).toBeUndefined()
    expect(readLeaf(flipped(bytes, 1, 4))).toBeUndefined()
    // Version 0, and one beyond what is counted exactly.
    expect(readLeaf(flipped(bytes, 41, 1))).toBeUndefined()
    expect(readLeaf(flipped(bytes, 34, 1))).toBeUndefined()
    expect(() => writeLeaf({ kind: 'deviceList', index, version: 0, commitment })).toThrow(RangeError)
    expect(() => writeLeaf({ kind: 'accountRemoved', index, version: 1 })).toThrow(RangeError)
    expect(() => writeLeaf({ kind: 'deviceList', index: index.subarray(1), version: 1, commitment })).toThrow(
      RangeError,
    )
  })
})

describe('a number of 64 bits', () => {
  it('is read as written, up to what is counted exactly', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(readUint64(uint64(value), 0)).toBe(value)
      }),
    )
    expect(readUint64(Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0), 0)).toBeUndefined()
    expect(readUint64(new Uint8Array(8), 1)).toBeUndefined()
    for (const value of [-1, 0.5, 2 ** 53, Number.NaN]) expect(() => uint64(value)).toThrow(RangeError)
  })
})

describe('a commitment', () => {
  it('is opened by its opening, for its leaf and list, and by nothing else', () => {
    const place = fc.record({ index: octets, version: from(1) })
    fc.assert(
      fc.property(octets, place, fc.uint8Array({ minLength: 1 }), fc.nat(), (opening, at, list, where) => {
        const commitment = commit(opening, at, list)
        expect(opens(opening, commitment, at, list)).toBe(true)
        expect(opens(flipped(opening, where % 32), commitment, at, list)).toBe(false)
        expect(opens(opening, flipped(commitment, where % 32), at, list)).toBe(false)
        expect(opens(opening, commitment, { ...at, index: flipped(at.index, where % 32) }, list)).toBe(false)
        expect(opens(opening, commitment, { ...at, version: at.version === 1 ? 2 : at.version - 1 }, list)).toBe(false)
        expect(opens(opening, commitment, at, flipped(list, where % list.length))).toBe(false)
        expect(opens(opening.subarray(1), commitment, at, list)).toBe(false)
        // HMAC pads its key: with a zero octet more, it would be the same.
        expect(opens(Buffer.concat([opening, new Uint8Array(1)]), commitment, at, list)).toBe(false)
      }),
      { numRuns: 30 },
    )
  })

  it('is opened by the same octets whenever they are derived, and other leaves by others', () => {
    const secret = new Uint8Array(32).fill(9)
    const at = { index: new Uint8Array(32), version: 3 }
    expect(openingFor(secret, at)).toEqual(openingFor(secret, at))
    const others = [
      openingFor(secret, { ...at, version: 4 }),
      openingFor(secret, { ...at, index: new Uint8Array(32).fill(1) }),
      openingFor(new Uint8Array(32), at),
    ]
    for (const other of others) expect(other).not.toEqual(openingFor(secret, at))
  })
})
