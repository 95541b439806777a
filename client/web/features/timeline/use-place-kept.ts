import type { VirtualItem, Virtualizer } from '@tanstack/react-virtual'
import { type FocusEvent, useLayoutEffect, useRef } from 'react'
import type { Row } from './rows.ts'

/**
 * When rows go, what is left of the view stays where it is. (The virtualizer keeps the place of the first row in view;
 * when that one goes, it keeps none.) A focus that was on a message that goes is on the timeline's tab stop afterwards.
 *
 * @returns handlers for the scrolling element
 */
export function usePlaceKept(virtual: Virtualizer<HTMLDivElement, Element>, rows: readonly Row[]) {
  const shown = useRef<readonly VirtualItem[]>([])
  /** Key of the row that the focus is in. */
  const focused = useRef<string>(undefined)
  useLayoutEffect(() => {
    const indexes = new Map(rows.map(({ key }, index) => [key, index]))
    const offset = virtual.scrollOffset ?? 0
    const inView = shown.current.filter(({ end }) => end > offset)
    const first = inView[0]
    if (first !== undefined && !indexes.has(String(first.key))) {
      const kept = inView.find(({ key }) => indexes.has(String(key)))
      const now = kept === undefined ? undefined : virtual.measurementsCache[indexes.get(String(kept.key)) ?? -1]
      if (kept !== undefined && now !== undefined) virtual.scrollToOffset(now.start - (kept.start - offset))
    }
    const isFocusLost = focused.current !== undefined && !indexes.has(focused.current)
    if (isFocusLost && document.activeElement === document.body) {
      virtual.scrollElement?.querySelector<HTMLElement>('[data-message][tabindex="0"]')?.focus({ preventScroll: true })
    }
  }, [rows, virtual])
  useLayoutEffect(() => {
    shown.current = virtual.getVirtualItems()
  })
  return {
    onFocusCapture: ({ target }: FocusEvent) => {
      focused.current = rows[Number(target.closest('li')?.dataset['index'])]?.key
    },
    onBlurCapture: () => {
      focused.current = undefined
    },
  }
}
