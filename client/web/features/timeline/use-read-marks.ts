import { useEffect } from 'react'
import type { ConversationRow } from '../../engine/api.ts'
import { useApi } from '../../state/index.ts'
import type { Row } from './rows.ts'

/** A glance: what passes by faster was not read. */
const GLANCE_MS = 250

/**
 * Marks as read what was in view while this window had the focus.
 *
 * @param lastVisible index in `rows` of the last row in view
 */
export function useReadMarks(
  row: ConversationRow | undefined,
  rows: readonly Row[],
  lastVisible: number | undefined,
): void {
  const api = useApi()
  const id = row?.id
  const readUpTo = row?.readUpTo ?? 0
  const unread = row?.unread ?? 0
  useEffect(() => {
    if (id === undefined || unread === 0 || lastVisible === undefined) return undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const mark = () => {
      clearTimeout(timer)
      if (document.visibilityState !== 'visible' || !document.hasFocus()) return
      const found = rows.slice(0, lastVisible + 1).findLast((one) => one.row === 'message' && !one.item.outgoing)
      if (found?.row !== 'message' || found.item.order <= readUpTo) return
      const upTo = found.item.id
      timer = setTimeout(() => {
        // Marked again by the next message or glance.
        api.markRead(id, upTo).catch(() => undefined)
      }, GLANCE_MS)
    }
    mark()
    addEventListener('focus', mark)
    document.addEventListener('visibilitychange', mark)
    return () => {
      clearTimeout(timer)
      removeEventListener('focus', mark)
      document.removeEventListener('visibilitychange', mark)
    }
  }, [api, id, unread, readUpTo, rows, lastVisible])
}
