import { useEffect, useState } from 'react'
import type { ConversationRow, TimelineItem } from '../../engine/api.ts'

export interface Divider {
  /** Everything up to this order was read. */
  readonly after: number
  /** 0: not counted, because they are still coming. */
  readonly count: number
}

const away = (): boolean => document.visibilityState === 'hidden' || !document.hasFocus()

/**
 * Where the unread messages begin. It is set when a conversation with unread messages is opened, and when the window is
 * left; it stays while they are read, and goes when an own message is written.
 */
export function useDivider(row: ConversationRow | undefined, items: readonly TimelineItem[]): Divider | undefined {
  const [divider, setDivider] = useState<Divider | undefined>(() =>
    row !== undefined && row.unread > 0 ? { after: row.readUpTo, count: row.unread } : undefined,
  )
  const last = items.at(-1)
  const lastOrder = last?.order ?? 0
  const answered = divider !== undefined && last?.kind === 'message' && last.outgoing && lastOrder > divider.after
  if (answered) setDivider(undefined)

  useEffect(() => {
    const onLeave = () => {
      // What was unread before stays marked; otherwise what comes from now on is new.
      if (away())
        setDivider((present) =>
          present === undefined || present.count === 0 ? { after: lastOrder, count: 0 } : present,
        )
    }
    const onReturn = () => {
      // Nothing came meanwhile: what comes now is seen as it comes.
      setDivider((present) => (present?.count === 0 && lastOrder <= present.after ? undefined : present))
    }
    addEventListener('blur', onLeave)
    addEventListener('focus', onReturn)
    document.addEventListener('visibilitychange', onLeave)
    return () => {
      removeEventListener('blur', onLeave)
      removeEventListener('focus', onReturn)
      document.removeEventListener('visibilitychange', onLeave)
    }
  }, [lastOrder])
  return divider
}
