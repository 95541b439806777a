import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64url } from '../../bytes.ts'
import { flipped, hex } from '../testing/data.ts'
import { leafHashes, nodesOver, rootByDefinition } from '../testing/log.ts'
import { emptyRoot, leafHash, nodeHash } from './hash.ts'
import { rootOf } from './nodes.ts'
import { proveConsistency, proveInclusion } from './prove.ts'
import { contradicts, verifyConsistency, verifyInclusion } from './verify.ts'

const MOST = 40
const hashes = leafHashes(MOST)
const read = nodesOver(hashes)
const roots = Array.from({ length: MOST + 1 }, (_, size) => rootOf(read, size))
const rootAt = (size: number) => roots[size] ?? new Uint8Array(0)
const hashAt = (index: number) => hashes[index] ?? new Uint8Array(0)

const sizes = fc.integer({ min: 1, max: MOST })
/** A size and something below it. */
const below = sizes.chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)))
/** A place within some octets, and what to change there. */
const flip = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))

/** The same hashes with one octet changed. */
function flippedHashes(all: readonly Uint8Array[], [place, mask]: [number, number]): Uint8Array[] {
  const at = place % (all.length * 32)
  return all.map((hash, which) => (which === Math.floor(at / 32) ? flipped(hash, at % 32, mask) : hash))
}

describe('the tree', () => {
  it('has the roots of RFC 6962, that of the eight leaves which its vectors use too', () => {
    const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
    const eight = nodesOver(leaves.map((leaf) => leafHash(hex(leaf))))
    expect(Buffer.from(rootOf(eight, 8)).toString('hex')).toBe(
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    )
    expect(Buffer.from(rootOf(eight, 5)).toString('hex')).toBe(
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    )
    expect(Buffer.from(emptyRoot()).toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
    for (let size = 1; size <= MOST; size += 1) expect(rootAt(size)).toEqual(rootByDefinition(hashes.slice(0, size)))
  })
})

describe('an inclusion proof', () => {
  it('verifies for its leaf, index, size and root', () => {
    for (let size = 1; size <= 20; size += 1) {
      for (let index = 0; index < size; index += 1) {
        expect(verifyInclusion(index, size, hashAt(index), proveInclusion(read, index, size), rootAt(size))).toBe(true)
      }
    }
  })

  it('does not verify with any octet changed, nor for another leaf, index or length', () => {
    fc.assert(
      fc.property(below, fc.nat(MOST - 1), flip, ([index, size], other, change) => {
        const proof = proveInclusion(read, index, size)
        const verify = (at: number, leaf: Uint8Array, path: readonly Uint8Array[], root: Uint8Array) =>
          verifyInclusion(at, size, leaf, path, root)
        if (proof.length > 0) {
          expect(verify(index, hashAt(index), flippedHashes(proof, change), rootAt(size))).toBe(false)
          expect(verify(index, hashAt(index), proof.slice(1), rootAt(size))).toBe(false)
        }
        const [leaf] = flippedHashes([hashAt(index)], change)
        const [root] = flippedHashes([rootAt(size)], change)
        expect(verify(index, leaf ?? hashAt(index), proof, rootAt(size))).toBe(false)
        expect(verify(index, hashAt(index), proof, root ?? rootAt(size))).toBe(false)
        expect(verify(index, hashAt(index), [...proof, hashAt(other)], rootAt(size))).toBe(false)
        expect(verify(other, hashAt(index), proof, rootAt(size))).toBe(other === index)
        expect(verify(index, hashAt(index).subarray(1), proof, rootAt(size))).toBe(false)
      }),
    )
  })

  it('is not there for a leaf that is not there, and none verifies for sizes that are none', () => {
    expect(() => proveInclusion(read, 5, 5)).toThrow(RangeError)
    expect(() => proveInclusion(read, -1, 5)).toThrow(RangeError)
    expect(() => proveInclusion(read, 0, 0)).toThrow(RangeError)
    for (const [index, size] of [
      [0, 0],
      [-1, 1],
      [1, 1],
      [0.5, 1],
      [0, 2 ** 53],
      [Number.NaN, 1],
    ] as const) {
      expect(verifyInclusion(index, size, hashAt(0), [], hashAt(0))).toBe(false)
    }
    expect(verifyInclusion(0, 1, hashAt(0), [], hashAt(0))).toBe(true)
  })

  it('does not go beyond the root, even where a longer way leads to one', () => {
    expect(verifyInclusion(0, 1, hashAt(0), [hashAt(1)], nodeHash(hashAt(1), hashAt(0)))).toBe(false)
    const proof = [2, 3, 1, 0].map(hashAt)
    const over = (hash: Uint8Array) => nodeHash(hashAt(0), nodeHash(hashAt(1), hash))
    const roots34 = [over(hashAt(2)), over(nodeHash(hashAt(2), hashAt(3)))] as const
    expect(verifyConsistency(3, 4, ...roots34, proof)).toBe(false)
  })
})

describe('a consistency proof', () => {
  it('verifies for its sizes and roots', () => {
    for (let second = 1; second <= 20; second += 1) {
      for (let first = 1; first <= second; first += 1) {
        const proof = proveConsistency(read, first, second)
        expect(verifyConsistency(first, second, rootAt(first), rootAt(second), proof)).toBe(true)
      }
    }
  })

  it('does not verify with any octet changed, nor for other sizes, roots or lengths', () => {
    fc.assert(
      fc.property(below, sizes, flip, ([lower, second], other, change) => {
        const first = Math.max(lower, 1)
        const proof = proveConsistency(read, first, second)
        const [from, to] = [rootAt(first), rootAt(second)]
        if (proof.length > 0) {
          expect(verifyConsistency(first, second, from, to, flippedHashes(proof, change))).toBe(false)
          expect(verifyConsistency(first, second, from, to, proof.slice(1))).toBe(false)
        }
        expect(verifyConsistency(first, second, flippedHashes([from], change)[0] ?? from, to, proof)).toBe(false)
        expect(verifyConsistency(first, second, from, flippedHashes([to], change)[0] ?? to, proof)).toBe(false)
        expect(verifyConsistency(first, second, from, to, [...proof, hashAt(0)])).toBe(false)
        if (other !== first)
          expect(verifyConsistency(other, second, rootAt(other), to, proof)).toBe(sameProof(other, first, second))
        expect(verifyConsistency(second, first, to, from, proof)).toBe(first === second)
      }),
    )
  })

  it('of another history contradicts, and nothing that is merely broken does', () => {
    const forked = [...hashes.slice(0, 2), ...leafHashes(MOST - 2, 1_000)]
    const other = nodesOver(forked)
    fc.assert(
      fc.property(below, flip, ([lower, second], change) => {
        const first = Math.max(lower, 1)
        const proof = proveConsistency(other, first, second)
        const [mine, theirs, now] = [rootAt(first), rootOf(other, first), rootOf(other, second)]
        const isOther = toBase64url(mine) !== toBase64url(theirs)
        // The proof has no node of its own for a complete first tree.
        const isShown = isOther && !Number.isInteger(Math.log2(first)) && first < second
        expect(contradicts(first, second, mine, now, proof)).toBe(isShown)
        expect(contradicts(first, second, theirs, now, proof)).toBe(false)
        if (proof.length > 0) {
          expect(contradicts(first, second, mine, now, flippedHashes(proof, change))).toBe(false)
          expect(contradicts(first, second, mine, now, proof.slice(1))).toBe(false)
        }
        expect(contradicts(first, second, mine, now, [...proof, hashAt(0)])).toBe(false)
        expect(contradicts(first, second, mine, rootAt(second), proof)).toBe(
          isShown && toBase64url(now) === toBase64url(rootAt(second)),
        )
      }),
    )
  })

  it('is none for an empty first tree, and none verifies for one', () => {
    expect(() => proveConsistency(read, 0, 5)).toThrow(RangeError)
    expect(() => proveConsistency(read, 6, 5)).toThrow(RangeError)
    expect(verifyConsistency(0, 5, emptyRoot(), rootAt(5), [])).toBe(false)
    expect(verifyConsistency(0, 0, emptyRoot(), emptyRoot(), [])).toBe(false)
  })
})

/** Whether two first sizes have one proof: only where both need none. */
function sameProof(other: number, first: number, second: number): boolean {
  if (other > second) return false
  const text = (size: number) => proveConsistency(read, size, second).map(toBase64url).join()
  return text(other) === text(first)
}
