import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64url } from '../../bytes.ts'
import { flipped } from '../testing/data.ts'
import { EMPTY_HASH, type MapEntry, bitAt, entryHash, mapNodeHash } from './hash.ts'
import { memoryPages } from './memory.ts'
import { type MapPages, readPage, writePage } from './page.ts'
import { readMapProof, verifyMapProof, writeMapProof } from './proof.ts'
import { proveMap } from './prove.ts'
import { lookUp, mapRoot, updateMap } from './update.ts'

const octets = fc.uint8Array({ minLength: 32, maxLength: 32 })
/** Mostly zeroes, so that many share long beginnings. */
const crowded = fc
  .tuple(fc.nat(31), fc.integer({ min: 0, max: 255 }), fc.nat(3))
  .map(([at, octet, last]) =>
    Uint8Array.from({ length: 32 }, (_, place) => (place === at ? octet : place === 31 ? last : 0)),
  )
const index = fc.oneof(octets, crowded)
const entries = fc.uniqueArray(fc.record({ index, value: octets }), {
  maxLength: 12,
  selector: (entry) => toBase64url(entry.index),
})
const some = entries.filter(({ length }) => length > 0)
const flip = fc.record({ place: fc.nat(), mask: fc.integer({ min: 1, max: 255 }) })

/** The root by the definition in `hash.ts`. */
function rootByDefinition(all: readonly MapEntry[], depth = 0): Uint8Array {
  const [first, second] = all
  if (first === undefined) return EMPTY_HASH
  if (second === undefined) return entryHash(first)
  const side = (bit: number) =>
    rootByDefinition(
      all.filter((entry) => bitAt(entry.index, depth) === bit),
      depth + 1,
    )
  return mapNodeHash(side(0), side(1))
}

function stored(all: readonly MapEntry[]): MapPages & { readonly root: Uint8Array } {
  const pages = memoryPages()
  const root = updateMap(pages, all)
  return { ...pages, root }
}

describe('the map', () => {
  it('has the root that its definition gives', () => {
    expect(mapRoot(memoryPages())).toEqual(EMPTY_HASH)
    fc.assert(
      fc.property(entries, (all) => {
        expect(stored(all).root).toEqual(rootByDefinition(all))
      }),
      { numRuns: 40 },
    )
  })

  it('has one root for one set of entries, in whatever order and batches they came, whatever they replaced', () => {
    const shuffled = some.chain((all) =>
      fc.record({
        all: fc.constant(all),
        order: fc.shuffledSubarray(all, { minLength: all.length }),
        former: fc.array(octets, { maxLength: 3 }),
        cut: fc.nat(all.length),
      }),
    )
    fc.assert(
      fc.property(shuffled, ({ all, order, former, cut }) => {
        const { root } = stored(all)
        const singly = memoryPages()
        for (const entry of order) updateMap(singly, [entry])
        const batched = memoryPages()
        updateMap(
          batched,
          former.map((value, at) => ({ index: all[at % all.length]?.index ?? value, value })),
        )
        updateMap(batched, order.slice(0, cut))
        updateMap(batched, order.slice(cut))
        expect([mapRoot(singly), mapRoot(batched)]).toEqual([root, root])
        expect(updateMap(batched, [])).toEqual(root)
        expect(all.map((entry) => lookUp(batched, entry.index))).toEqual(all.map(({ value }) => value))
      }),
      { numRuns: 25 },
    )
  })

  it('takes the last of an index given twice, and nothing of another length', () => {
    const [key, one, two] = [new Uint8Array(32), new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
    const pages = memoryPages()
    updateMap(pages, [
      { index: key, value: one },
      { index: key, value: two },
    ])
    expect(lookUp(pages, key)).toEqual(two)
    expect(() => updateMap(pages, [{ index: key.subarray(1), value: one }])).toThrow(RangeError)
    expect(() => updateMap(pages, [{ index: key, value: one.subarray(1) }])).toThrow(RangeError)
    expect(() => proveMap(pages, key.subarray(1))).toThrow(RangeError)
  })

  it('keeps two indexes apart that differ in the last bit alone', () => {
    const low = { index: new Uint8Array(32), value: new Uint8Array(32).fill(1) }
    const high = { index: flipped(low.index, 31), value: new Uint8Array(32).fill(2) }
    const map = stored([low, high])
    const proof = proveMap(map, high.index)
    expect(readMapProof(proof)?.siblings).toHaveLength(256)
    expect(verifyMapProof(map.root, high.index, proof)).toEqual({ present: true, value: high.value })
    expect(map.root).toEqual(rootByDefinition([low, high]))
  })

  it('does not go on from a damaged page', () => {
    const page = writePage(readPage(new Uint8Array(16)))
    expect(() => readPage(page.subarray(1))).toThrow(RangeError)
    expect(() => readPage(flipped(page, 3))).toThrow(RangeError)
    expect(() => readPage(flipped(page, 3, 4))).toThrow(RangeError)
    expect(() => readPage(Buffer.concat([page, page]))).toThrow(RangeError)
  })
})

describe('a proof from the map', () => {
  it('verifies, and says what the map holds', () => {
    fc.assert(
      fc.property(entries, index, (all, other) => {
        const map = stored(all)
        for (const { index: key, value } of all) {
          expect(verifyMapProof(map.root, key, proveMap(map, key))).toEqual({ present: true, value })
        }
        const value = lookUp(map, other)
        const expected = value === undefined ? { present: false } : { present: true, value }
        expect(verifyMapProof(map.root, other, proveMap(map, other))).toEqual(expected)
      }),
      { numRuns: 20 },
    )
  })

  it('proves nothing with any octet changed, of it or of the root', () => {
    fc.assert(
      fc.property(some, index, flip, (all, other, { place, mask }) => {
        const map = stored(all)
        for (const key of [all[0]?.index ?? other, other]) {
          const proof = proveMap(map, key)
          expect(verifyMapProof(map.root, key, flipped(proof, place % proof.length, mask))).toBeUndefined()
          expect(verifyMapProof(flipped(map.root, place % 32, mask), key, proof)).toBeUndefined()
          expect(verifyMapProof(map.root, key, proof.subarray(0, place % proof.length))).toBeUndefined()
          expect(verifyMapProof(map.root, key, Buffer.concat([proof, Uint8Array.of(mask)]))).toBeUndefined()
        }
      }),
      { numRuns: 35 },
    )
  })

  it('of one index says nothing untrue of another: a member is never absent, and nobody else is a member', () => {
    fc.assert(
      fc.property(some, index, flip, (all, other, { place, mask }) => {
        const map = stored(all)
        const member = all[place % all.length]?.index ?? other
        const asked = [...all.slice(0, 5).map((entry) => entry.index), member, other, flipped(member, place % 32, mask)]
        for (const key of asked) {
          const proof = proveMap(map, key)
          for (const about of asked) {
            const finding = verifyMapProof(map.root, about, proof)
            if (finding === undefined) continue
            expect(finding.present ? finding.value : undefined).toEqual(lookUp(map, about))
          }
        }
      }),
      { numRuns: 10 },
    )
  })

  it('has one encoding', () => {
    const sibling = new Uint8Array(32).fill(7)
    const own = { end: { kind: 'own', value: sibling }, siblings: [undefined, sibling] } as const
    expect(readMapProof(writeMapProof(own))).toEqual(own)
    // A sibling without entries at the end, or spelled out.
    expect(readMapProof(writeMapProof({ ...own, siblings: [sibling, undefined] }))).toBeUndefined()
    expect(readMapProof(writeMapProof({ ...own, siblings: [EMPTY_HASH, sibling] }))).toBeUndefined()
    // Bits beyond the depth, an unknown kind, more levels than there are.
    expect(readMapProof(flipped(writeMapProof(own), 3, 0x01))).toBeUndefined()
    expect(readMapProof(flipped(writeMapProof(own), 0, 0x02))).toBeUndefined()
    expect(readMapProof(flipped(writeMapProof(own), 1, 0x02))).toBeUndefined()
    expect(
      readMapProof(writeMapProof({ ...own, siblings: Array.from({ length: 257 }, () => sibling) })),
    ).toBeUndefined()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const proof = readMapProof(bytes)
        if (proof !== undefined) expect(writeMapProof(proof)).toEqual(bytes)
      }),
    )
  })

  it('of absence does not name the index itself, nor an entry that is not on its path', () => {
    const member = { index: new Uint8Array(32), value: new Uint8Array(32).fill(1) }
    const far = { index: new Uint8Array(32).fill(0xff), value: member.value }
    const map = stored([member, far])
    const [sibling] = readMapProof(proveMap(map, member.index))?.siblings ?? []
    const claim = (entry: MapEntry) => writeMapProof({ end: { kind: 'other', entry }, siblings: [sibling] })
    expect(verifyMapProof(map.root, member.index, claim(member))).toBeUndefined()
    expect(verifyMapProof(map.root, flipped(member.index, 0, 0x80), claim(member))).toBeUndefined()
    expect(verifyMapProof(map.root, flipped(member.index, 0, 0x40), claim(member))).toEqual({ present: false })
    // A map that holds an entry where it does not belong proves nothing by it.
    const misplaced = mapNodeHash(entryHash(far), entryHash(member))
    const other = writeMapProof({ end: { kind: 'other', entry: far }, siblings: [entryHash(member)] })
    expect(verifyMapProof(misplaced, flipped(member.index, 0, 0x40), other)).toBeUndefined()
  })
})
