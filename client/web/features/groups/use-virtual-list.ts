import { useVirtualizer } from '@tanstack/react-virtual'
import { type FocusEvent, type KeyboardEvent, type RefObject, useLayoutEffect, useRef, useState } from 'react'

/** Shorter lists are rendered whole. */
const WHOLE = 100

interface VirtualListOptions {
  readonly count: number
  /** Height of a row, in rem. */
  readonly rowRem: number
  /** The element that scrolls, of which the list is a part. */
  readonly scroller: HTMLElement | null
  readonly list: RefObject<HTMLElement | null>
}

/**
 * A list of equal rows inside of something that scrolls: of a long one, only the rows in view exist. One row is in the tab
 * order; ↑ ↓ Home End move between them; when the one that has the focus goes, the next has it. Rows carry `data-row` with their place on the element that takes the focus.
 */
export function useVirtualList({ count, rowRem, scroller, list }: VirtualListOptions) {
  const [rowSize] = useState(() => rowRem * Number.parseFloat(getComputedStyle(document.documentElement).fontSize))
  const [margin, setMargin] = useState(0)
  const [focused, setFocused] = useState(0)
  const virtual = useVirtualizer({
    count,
    enabled: count > WHOLE,
    getScrollElement: () => scroller,
    estimateSize: () => rowSize,
    scrollMargin: margin,
    overscan: 8,
  })
  useLayoutEffect(() => {
    const [outer, inner] = [scroller, list.current]
    if (outer === null || inner === null) return
    // What stands above the list in the same column.
    setMargin(inner.getBoundingClientRect().top - outer.getBoundingClientRect().top + outer.scrollTop)
  })
  const rowAt = (index: number) => list.current?.querySelector<HTMLElement>(`[data-row="${index}"]`)
  const tabStop = Math.min(focused, count - 1)
  /** The focus is, or was when it got lost with its row, on a row. */
  const within = useRef(false)
  useLayoutEffect(() => {
    if (within.current && document.activeElement === document.body) rowAt(tabStop)?.focus()
  })
  const focusRow = (index: number) => {
    setFocused(index)
    if (count > WHOLE) virtual.scrollToIndex(index, { align: 'auto' })
    const row = rowAt(index)
    // At once where it can be: the next key press is for the row that is meant.
    if (row) row.focus()
    else requestAnimationFrame(() => rowAt(index)?.focus())
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return
    const at = Number((event.target as Element).closest<HTMLElement>('[data-row]')?.dataset['row'])
    if (Number.isNaN(at)) return
    const targets: Record<string, number> = {
      ArrowDown: Math.min(count - 1, at + 1),
      ArrowUp: Math.max(0, at - 1),
      Home: 0,
      End: count - 1,
    }
    const target = targets[event.key]
    if (target === undefined) return
    event.preventDefault()
    focusRow(target)
  }
  const rows =
    count > WHOLE
      ? virtual.getVirtualItems().map(({ index, start }) => ({ index, top: start - margin }))
      : Array.from({ length: count }, (_, index) => ({ index, top: index * rowSize }))
  const events = {
    onKeyDown,
    onFocus: (event: FocusEvent) => {
      const at = event.target.closest<HTMLElement>('[data-row]')?.dataset['row']
      if (at === undefined) return
      within.current = true
      setFocused(Number(at))
    },
    onBlur: () => {
      within.current = false
    },
  }
  return { rows, rowSize, height: count * rowSize, tabStop, events }
}
