import { useEffect, useState } from 'react'
import { isAtLeast } from '#protocol/groups/roles.ts'
import type { GroupView } from '../../engine/api.ts'
import { useTimeline } from '../../state/index.ts'
import { waitOf } from './slow-mode.ts'

/**
 * How long this account has to wait before its next message to a group in slow mode, counted down each second. Moderators
 * do not wait.
 *
 * @returns milliseconds; 0 when nothing is to be waited for
 */
export function useSlowMode(id: string, group: GroupView | undefined): number {
  const { items } = useTimeline(id)
  const seconds = group?.slowMode === undefined || isAtLeast(group.role, 'moderator') ? 0 : group.slowMode
  const last = seconds === 0 ? undefined : items.findLast((item) => item.kind === 'message' && item.outgoing)?.at
  const [left, setLeft] = useState(0)
  useEffect(() => {
    const count = () => setLeft(waitOf(last, seconds, Date.now()))
    count()
    if (waitOf(last, seconds, Date.now()) === 0) return undefined
    const timer = setInterval(() => {
      count()
      if (waitOf(last, seconds, Date.now()) === 0) clearInterval(timer)
    }, 1_000)
    return () => clearInterval(timer)
  }, [last, seconds])
  return left
}
