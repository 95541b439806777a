import { useSyncExternalStore } from 'react'

/** Where list and pane stand side by side: the theme's breakpoint `wide`. */
const WIDE = matchMedia('(width >= 48rem)')

function subscribe(listener: () => void): () => void {
  WIDE.addEventListener('change', listener)
  return () => WIDE.removeEventListener('change', listener)
}

/** Whether there is room for two panes. For roles and the like: what CSS can say, CSS says. */
export function useWide(): boolean {
  return useSyncExternalStore(subscribe, () => WIDE.matches)
}
