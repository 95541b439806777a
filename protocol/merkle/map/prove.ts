/** Making proofs from the stored map. */

import { equalBytes } from '../../bytes.ts'
import { INDEX_LENGTH } from './hash.ts'
import { type MapPages, PAGE_HEIGHT, type Page, type Slot, nibbleAt, partsOf, pathBelow } from './page.ts'
import { type PathEnd, writeMapProof } from './proof.ts'
import { pageAt } from './update.ts'

/** The slots below the part of a page at `depth` levels that `nibble` belongs to. */
function slotsBelow(page: Page, depth: number, nibble: number): Slot[] {
  const width = 2 ** (PAGE_HEIGHT - depth)
  const start = nibble - (nibble % width)
  return page.slice(start, start + width).filter((slot) => slot !== undefined)
}

/** The path's end, if it is at this part of a page: when nothing or one entry is left. */
function endOf(slots: readonly Slot[], index: Uint8Array): PathEnd | undefined {
  const [slot] = slots
  if (slot === undefined) return { kind: 'nothing' }
  if (slots.length > 1 || 'below' in slot) return undefined
  const { entry } = slot
  return equalBytes(entry.index, index) ? { kind: 'own', value: entry.value } : { kind: 'other', entry }
}

/** The octets that prove what the stored map holds at `index`. Throws a `RangeError` when `index` is none. */
export function proveMap(pages: MapPages, index: Uint8Array): Uint8Array {
  if (index.length !== INDEX_LENGTH) throw new RangeError('not an index')
  const siblings: (Uint8Array | undefined)[] = []
  let path = ''
  for (;;) {
    const page = pageAt(pages, path)
    const parts = partsOf(page)
    const nibble = nibbleAt(index, path.length)
    for (let depth = 0; depth <= PAGE_HEIGHT; depth += 1) {
      const end = endOf(slotsBelow(page, depth, nibble), index)
      if (end !== undefined) return writeMapProof({ end, siblings })
      // The page's last level is the first of the page below.
      if (depth === PAGE_HEIGHT) break
      const sibling = parts[depth + 1]?.[(nibble >> (PAGE_HEIGHT - depth - 1)) ^ 1]
      siblings.push(sibling?.kind === 'empty' ? undefined : sibling?.hash)
    }
    path = pathBelow(path, nibble)
  }
}
