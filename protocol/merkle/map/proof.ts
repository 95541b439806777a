/**
 * Proofs of what the map holds, or does not hold, at an index: the path from the root down to where the index's entry is alone,
 * or to what is there in its place. Their octets:
 *
 *     kind       1   0 nothing is there, 1 the index's own entry, 2 the entry of another index
 *     depth      2   big-endian, 0 to 256: levels from the root down to there
 *     bitmap         one bit for each level, the root's children first, in whole octets, the rest 0: 1 where the sibling has
 *                    entries
 *     siblings       32 octets for each 1 of the bitmap, in its order
 *     entry          kind 1: the value; kind 2: index and value
 */

import { concatBytes, equalBytes } from '../../bytes.ts'
import {
  EMPTY_HASH,
  INDEX_LENGTH,
  MAP_DEPTH,
  type MapEntry,
  VALUE_LENGTH,
  bitAt,
  entryHash,
  mapNodeHash,
} from './hash.ts'

const KIND = { nothing: 0, own: 1, other: 2 } as const
const HEAD_LENGTH = 3
const HASH_LENGTH = 32

/** What stands at the end of the path. */
export type PathEnd =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'own'; readonly value: Uint8Array }
  | { readonly kind: 'other'; readonly entry: MapEntry }

export interface MapProof {
  readonly end: PathEnd
  /** The sibling at each level, the root's child first; `undefined` for one without entries. */
  readonly siblings: readonly (Uint8Array | undefined)[]
}

/** What a verified proof says. */
export type MapFinding = { readonly present: true; readonly value: Uint8Array } | { readonly present: false }

/** Writes a proof. */
export function writeMapProof({ end, siblings }: MapProof): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(siblings.length / 8))
  for (const [level, sibling] of siblings.entries()) {
    if (sibling !== undefined) bitmap[level >> 3] = (bitmap[level >> 3] ?? 0) | (0x80 >> (level & 7))
  }
  const head = Uint8Array.of(KIND[end.kind], siblings.length >> 8, siblings.length & 0xff)
  const body = end.kind === 'own' ? [end.value] : end.kind === 'other' ? [end.entry.index, end.entry.value] : []
  return concatBytes(head, bitmap, ...siblings.filter((sibling) => sibling !== undefined), ...body)
}

function readEnd(kind: number | undefined, bytes: Uint8Array): PathEnd | undefined {
  switch (kind) {
    case KIND.nothing:
      return bytes.length === 0 ? { kind: 'nothing' } : undefined
    case KIND.own:
      return bytes.length === VALUE_LENGTH ? { kind: 'own', value: bytes } : undefined
    case KIND.other:
      if (bytes.length !== INDEX_LENGTH + VALUE_LENGTH) return undefined
      return { kind: 'other', entry: { index: bytes.subarray(0, INDEX_LENGTH), value: bytes.subarray(INDEX_LENGTH) } }
    case undefined:
    default:
      return undefined
  }
}

/** Reads a proof. `undefined` unless it is the one encoding of a proof that an honest map can give. */
export function readMapProof(bytes: Uint8Array): MapProof | undefined {
  const [kind, high = 0, low = 0] = bytes
  const depth = (high << 8) | low
  const bitmapLength = Math.ceil(depth / 8)
  if (bytes.length < HEAD_LENGTH + bitmapLength || depth > MAP_DEPTH) return undefined
  const bitmap = bytes.subarray(HEAD_LENGTH, HEAD_LENGTH + bitmapLength)
  const siblings: (Uint8Array | undefined)[] = []
  let at = HEAD_LENGTH + bitmapLength
  for (let level = 0; level < bitmapLength * 8; level += 1) {
    const isSet = bitAt(bitmap, level) === 1
    if (level >= depth) {
      if (isSet) return undefined
      continue
    }
    const sibling = isSet ? bytes.subarray(at, at + HASH_LENGTH) : undefined
    at += sibling?.length ?? 0
    // A sibling without entries has one spelling: it is left out.
    if (sibling !== undefined && (sibling.length !== HASH_LENGTH || equalBytes(sibling, EMPTY_HASH))) return undefined
    siblings.push(sibling)
  }
  // Beside nothing, an entry would be higher up, and so would nothing.
  if (depth > 0 && siblings.at(-1) === undefined) return undefined
  const end = readEnd(kind, bytes.subarray(at))
  return end && { end, siblings }
}

/** The first `depth` bits are the same. */
function sharesPath(a: Uint8Array, b: Uint8Array, depth: number): boolean {
  for (let level = 0; level < depth; level += 1) if (bitAt(a, level) !== bitAt(b, level)) return false
  return true
}

function endHash(index: Uint8Array, end: PathEnd, depth: number): Uint8Array | undefined {
  switch (end.kind) {
    case 'nothing':
      return EMPTY_HASH
    case 'own':
      return entryHash({ index, value: end.value })
    case 'other':
      if (equalBytes(end.entry.index, index) || !sharesPath(end.entry.index, index, depth)) return undefined
      return entryHash(end.entry)
  }
}

/** What `bytes` prove about `index` in the map of that root. `undefined` when they prove nothing. All but `root` may be hostile. */
export function verifyMapProof(root: Uint8Array, index: Uint8Array, bytes: Uint8Array): MapFinding | undefined {
  if (index.length !== INDEX_LENGTH) return undefined
  const proof = readMapProof(bytes)
  if (proof === undefined) return undefined
  const { end, siblings } = proof
  let hash = endHash(index, end, siblings.length)
  if (hash === undefined) return undefined
  for (let level = siblings.length - 1; level >= 0; level -= 1) {
    const sibling = siblings[level] ?? EMPTY_HASH
    hash = bitAt(index, level) === 0 ? mapNodeHash(hash, sibling) : mapNodeHash(sibling, hash)
  }
  if (!equalBytes(hash, root)) return undefined
  return end.kind === 'own' ? { present: true, value: end.value } : { present: false }
}
