import { useRouter, useRouterState } from '@tanstack/react-router'

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** The screen was opened from another one, not by its address: back is where one came from. */
    readonly opened?: boolean
  }
}

/** Back to the screen that this one was opened from; otherwise `fallback` goes to where it belongs. */
export function useBack(fallback: () => void): () => void {
  const router = useRouter()
  const opened = useRouterState({ select: ({ location }) => location.state.opened === true })
  return () => {
    if (opened) router.history.back()
    else fallback()
  }
}
