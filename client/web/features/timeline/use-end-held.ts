import { type RefObject, useEffect } from 'react'

/**
 * When a scrolling element becomes lower or higher (the composer grows, a phone's keyboard comes), what stands at its end
 * stays there.
 */
export function useEndHeld(scroller: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = scroller.current
    if (element === null) return undefined
    let height = element.clientHeight
    const observer = new ResizeObserver(() => {
      const grown = element.clientHeight - height
      height = element.clientHeight
      if (grown !== 0) element.scrollTop -= grown
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [scroller])
}
