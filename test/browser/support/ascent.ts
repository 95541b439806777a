import type { Page } from 'playwright-core'

/** Older messages that came in front of those in view. */
export interface Prepend {
  /** Rows that came. */
  readonly rows: number
  /** Farthest that a row in view moved from one painted frame to the next, while nobody scrolled. Pixels. */
  readonly drift: number
}

/**
 * Goes to the top of what is loaded and watches each frame until older rows have come in front, and for a while after;
 * again and again, until so many rows have come or the conversation's beginning is reached.
 */
export function ascend(page: Page, wanted: number): Promise<readonly Prepend[]> {
  return page.locator('[data-timeline]').evaluate(async (timeline, rows) => {
    /** Frames that are watched after rows came, and that they may take to come. */
    const AFTER = 15
    const PATIENCE = 120
    /** Frames that they may take where some came before the watch began: whoever came last may have been all that there were. */
    const SHORT_PATIENCE = 20
    /** Times in a row that the uppermost message stays the same: beginnings have none before them. */
    const EMPTY = 5
    // What is painted: observers of sizes are called last in a frame, and the newest of them after the list's own.
    const clock = document.createElement('div')
    clock.style.cssText = 'position: fixed; width: 1px; height: 1px; transition: none'
    document.body.append(clock)
    let onFrame: () => void = () => undefined
    const observer = new ResizeObserver(() => onFrame())
    observer.observe(clock)
    const inFrame = <T>(read: () => T) =>
      new Promise<T>((resolve) => {
        requestAnimationFrame(() => {
          onFrame = () => resolve(read())
          clock.style.width = clock.style.width === '1px' ? '2px' : '1px'
        })
      })
    const rowsInView = () => {
      const view = timeline.getBoundingClientRect()
      const places = [...timeline.querySelectorAll<HTMLElement>('[data-message]')].map((row) => {
        const { top, bottom } = row.getBoundingClientRect()
        const index = Number(row.closest<HTMLElement>('li')?.dataset['index'])
        return { id: row.dataset['message'] ?? '', index, top, isInView: bottom > view.top && top < view.bottom }
      })
      return new Map(places.filter(({ isInView }) => isInView).map((place) => [place.id, place]))
    }
    const prepends: { rows: number; drift: number }[] = []
    let uppermost: string | undefined
    for (let come = 0, empty = 0; come < rows && empty < EMPTY;) {
      timeline.scrollTop = 0
      // The rows there are drawn. Older ones may come with the next frame.
      await inFrame(() => undefined)
      let before = await inFrame(rowsInView)
      // On a fast machine rows come before the watch begins: they are not counted, and more will come.
      const [first] = before.keys()
      const isHigher = first !== uppermost
      uppermost = first
      let [added, drift] = [0, 0]
      for (let left = AFTER, patience = isHigher ? SHORT_PATIENCE : PATIENCE; left > 0 && patience > 0; patience -= 1) {
        const now = await inFrame(rowsInView)
        const common = [...now.values()].flatMap((row) => {
          const former = before.get(row.id)
          return former === undefined ? [] : [{ row, former }]
        })
        added += common[0] === undefined ? 0 : common[0].row.index - common[0].former.index
        before = now
        // Until rows come, those at the top may still be measured: somebody has just gone there.
        if (added === 0) continue
        left -= 1
        // Where no row stayed, everything jumped.
        if (common.length === 0) drift = Number.MAX_SAFE_INTEGER
        for (const { row, former } of common) drift = Math.max(drift, Math.abs(row.top - former.top))
      }
      come += added
      if (added > 0) prepends.push({ rows: added, drift })
      empty = added > 0 || isHigher ? 0 : empty + 1
    }
    observer.disconnect()
    clock.remove()
    return prepends
  }, wanted)
}
