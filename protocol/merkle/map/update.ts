/** Changing the map. Entries are added and replaced, never taken out. */

import { equalBytes } from '../../bytes.ts'
import { INDEX_LENGTH, type MapEntry, VALUE_LENGTH } from './hash.ts'
import {
  EMPTY_PAGE,
  type MapPages,
  type Page,
  type Slot,
  nibbleAt,
  pageHash,
  pathBelow,
  readPage,
  writePage,
} from './page.ts'

/** The root of the map that is stored. */
export function mapRoot(pages: MapPages): Uint8Array {
  return pageHash(pageAt(pages, ''))
}

/** The page at `path`; one without entries where none is stored. */
export function pageAt(pages: MapPages, path: string): Page {
  const bytes = pages.get(path)
  return bytes === undefined ? EMPTY_PAGE : readPage(bytes)
}

/** Sorts entries into the slot of a page that each belongs to. */
function bySlot(entries: readonly MapEntry[], depth: number): MapEntry[][] {
  const slots: MapEntry[][] = EMPTY_PAGE.map(() => [])
  for (const entry of entries) slots[nibbleAt(entry.index, depth)]?.push(entry)
  return slots
}

/** Puts entries, of one index the last, below `path`, and gives the hash of that subtree. */
function put(pages: MapPages, path: string, page: Page, entries: readonly MapEntry[]): Uint8Array {
  const changes = bySlot(entries, path.length)
  const changed = page.map((slot, nibble): Slot | undefined => {
    const news = changes[nibble] ?? []
    if (news.length === 0) return slot
    const below = pathBelow(path, nibble)
    if (slot !== undefined && 'below' in slot) return { below: put(pages, below, pageAt(pages, below), news) }
    // What comes later counts: an index given again takes the place of what was there.
    const all = slot === undefined ? news : [slot.entry, ...news]
    const last = all.at(-1)
    if (last !== undefined && all.every(({ index }) => equalBytes(index, last.index))) return { entry: last }
    return { below: put(pages, below, EMPTY_PAGE, all) }
  })
  pages.put(path, writePage(changed))
  return pageHash(changed)
}

/**
 * Adds or replaces entries, of an index given twice the last one, and gives the new root. The result does not depend on how
 * entries are divided into updates, nor on their order. Throws a `RangeError` for an index or value of another length.
 */
export function updateMap(pages: MapPages, entries: readonly MapEntry[]): Uint8Array {
  if (entries.some(({ index, value }) => index.length !== INDEX_LENGTH || value.length !== VALUE_LENGTH)) {
    throw new RangeError('not an index and a value')
  }
  return entries.length === 0 ? mapRoot(pages) : put(pages, '', pageAt(pages, ''), entries)
}

/** The value at `index`. */
export function lookUp(pages: MapPages, index: Uint8Array): Uint8Array | undefined {
  let path = ''
  for (let depth = 0; ; depth += 1) {
    const nibble = nibbleAt(index, depth)
    const slot = pageAt(pages, path)[nibble]
    if (slot === undefined) return undefined
    if ('entry' in slot) return equalBytes(slot.entry.index, index) ? slot.entry.value : undefined
    path = pathBelow(path, nibble)
  }
}
