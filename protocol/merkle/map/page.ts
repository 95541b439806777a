/**
 * How the map is stored: in pages of four levels, so that a change among a million entries rewrites some six rows and not
 * some twenty. A page stands for the subtree below a prefix of whole nibbles and has sixteen slots, one for each next nibble.
 * A slot is empty, holds its one entry, or holds the hash of the page below it, which has two entries or more. What
 * is between the slots and the page's own hash is computed.
 */

import { concatBytes } from '../../bytes.ts'
import { EMPTY_HASH, INDEX_LENGTH, type MapEntry, VALUE_LENGTH, entryHash, mapNodeHash } from './hash.ts'

/** Levels of a page. */
export const PAGE_HEIGHT = 4
const SLOTS = 2 ** PAGE_HEIGHT

/** An entry, or the hash of the page below. */
export type Slot = { readonly entry: MapEntry } | { readonly below: Uint8Array }
/** Sixteen slots, by nibble. */
export type Page = readonly (Slot | undefined)[]

/**
 * Where pages are kept. Synchronous: SQLite in an object, a `Map` in a test. Paths are the prefix as hexadecimal digits, at
 * most 63; the first page is at the empty path. Calls of one update belong into one transaction.
 */
export interface MapPages {
  readonly get: (path: string) => Uint8Array | undefined
  readonly put: (path: string, page: Uint8Array) => void
}

/** A page without entries. */
export const EMPTY_PAGE: Page = Array.from({ length: SLOTS }, () => undefined)

/** The nibble of `index` that chooses the slot in a page below `depth` nibbles. */
export function nibbleAt(index: Uint8Array, depth: number): number {
  const octet = index[depth >> 1] ?? 0
  return depth % 2 === 0 ? octet >> 4 : octet & 0xf
}

/** The path of the page in the slot `nibble`. */
export function pathBelow(path: string, nibble: number): string {
  return path + nibble.toString(16)
}

const NONE = 0
const HAS_ENTRY = 1
const HAS_PAGE = 2

/** Writes a page: for each slot one octet (0 empty, 1 entry, 2 page below), then index and value or hash of each in order. */
export function writePage(page: Page): Uint8Array {
  const kinds = page.map((slot) => (slot === undefined ? NONE : 'entry' in slot ? HAS_ENTRY : HAS_PAGE))
  const bodies = page.flatMap((slot) => {
    if (slot === undefined) return []
    return 'entry' in slot ? [slot.entry.index, slot.entry.value] : [slot.below]
  })
  return concatBytes(Uint8Array.from(kinds), ...bodies)
}

/** Reads a page. Throws when it is none: the store is ours, and a map that goes on from a damaged page signs a wrong root. */
export function readPage(bytes: Uint8Array): Page {
  let at = SLOTS
  const take = (length: number) => {
    at += length
    if (at > bytes.length) throw new RangeError('damaged page of the map')
    return bytes.slice(at - length, at)
  }
  const page = Array.from({ length: SLOTS }, (_, nibble): Slot | undefined => {
    switch (bytes[nibble]) {
      case NONE:
        return undefined
      case HAS_ENTRY:
        return { entry: { index: take(INDEX_LENGTH), value: take(VALUE_LENGTH) } }
      case HAS_PAGE:
        return { below: take(VALUE_LENGTH) }
      case undefined:
      default:
        throw new RangeError('damaged page of the map')
    }
  })
  if (at !== bytes.length) throw new RangeError('damaged page of the map')
  return page
}

/** What a part of a page comes to: nothing, one entry that can rise further, or a hash that stays. */
interface Part {
  readonly kind: 'empty' | 'entry' | 'node'
  readonly hash: Uint8Array
}

function join(left: Part, right: Part): Part {
  if (left.kind === 'empty' && right.kind !== 'node') return right
  if (right.kind === 'empty' && left.kind !== 'node') return left
  return { kind: 'node', hash: mapNodeHash(left.hash, right.hash) }
}

/** The parts of a page by depth: sixteen slots last, the whole page first. */
export function partsOf(page: Page): readonly (readonly Part[])[] {
  const empty: Part = { kind: 'empty', hash: EMPTY_HASH }
  let parts = page.map((slot): Part => {
    if (slot === undefined) return empty
    return 'entry' in slot ? { kind: 'entry', hash: entryHash(slot.entry) } : { kind: 'node', hash: slot.below }
  })
  const levels = [parts]
  while (parts.length > 1) {
    const above: Part[] = []
    for (let at = 0; at + 1 < parts.length; at += 2) above.push(join(parts[at] ?? empty, parts[at + 1] ?? empty))
    parts = above
    levels.unshift(parts)
  }
  return levels
}

/** The hash of the subtree that a page stands for. */
export function pageHash(page: Page): Uint8Array {
  return partsOf(page)[0]?.[0]?.hash ?? EMPTY_HASH
}
