import { useEffect, useState } from 'react'
import { create } from 'zustand'

interface Announcement {
  readonly text: string
  /** The same text twice is said twice. */
  readonly count: number
}
const useAnnouncement = create<Announcement>(() => ({ text: '', count: 0 }))

/** Readers that were busy have taken note by then. */
const FORGET_MS = 10_000

/** Says something to screen readers, when they are done with what they are saying. */
export function announce(text: string): void {
  useAnnouncement.setState(({ count }) => ({ text, count: count + 1 }))
}

/**
 * The one live region, off screen: a live region around a list that recycles its rows would say rows that are not new.
 * Once, around everything.
 */
export function Announcer() {
  const { text, count } = useAnnouncement()
  const [shown, setShown] = useState('')
  useEffect(() => {
    // Readers take note of a change alone: emptied first, then filled.
    setShown('')
    if (text === '') return
    const timer = setTimeout(() => setShown(text), 60)
    // What was said is not kept: it may be of a message that disappears.
    const end = setTimeout(() => useAnnouncement.setState({ text: '' }), FORGET_MS)
    return () => {
      clearTimeout(timer)
      clearTimeout(end)
    }
  }, [text, count])
  return (
    <div role="status" aria-live="polite" aria-atomic="true" className="sr-only">
      {shown}
    </div>
  )
}
