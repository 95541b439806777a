import type { TimelinePage } from '../engine/api.ts'
import { withOlder } from './timeline-window.ts'

/** Reads a page: the newest items before an order, or the newest of all. */
export type ReadPage = (range: { readonly before?: number; readonly limit: number }) => Promise<TimelinePage>

/**
 * The newest items, from the end down to an order at least: what a window held that is read anew. The engine answers no
 * more than a page at a time.
 *
 * @param order without it, one page
 * @param limit of each page
 * @param before for a window that does not reach to the end: the order behind its last
 */
export async function readDownTo(
  order: number | undefined,
  limit: number,
  read: ReadPage,
  before?: number,
): Promise<TimelinePage> {
  let page = await read({ limit, ...(before !== undefined && { before }) })
  for (;;) {
    const first = page.items[0]?.order
    if (!page.more || order === undefined || first === undefined || first <= order) return page
    const older = await read({ before: first, limit })
    // Nothing more came, whatever was said: no reason to ask for ever.
    if (older.items.length === 0) return { ...page, more: older.more }
    page = withOlder(page, older)
  }
}
