import { useLingui } from '@lingui/react/macro'
import { Timer } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { durationText, leftText } from '../groups/duration.ts'
import type { MessageItem } from './rows.ts'

const MINUTE = 60_000

/** One interval for all marks that are shown, and none while there is none. */
const listeners = new Set<() => void>()
let interval: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  interval ??= setInterval(() => {
    for (const one of listeners) one()
  }, MINUTE)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(interval)
    interval = undefined
  }
}

/** That a message disappears, and when: to the minute. */
export function TimerMark({ timer, item }: { readonly timer: number; readonly item: MessageItem }) {
  const { i18n, t } = useLingui()
  const { outgoing, expiresAt } = item
  const minutes = useSyncExternalStore(subscribe, () =>
    expiresAt === undefined ? undefined : Math.max(0, Math.ceil((expiresAt - Date.now()) / MINUTE)),
  )
  const time = minutes === undefined ? durationText(i18n.locale, timer) : leftText(i18n.locale, minutes * MINUTE)
  const sentOrRead = outgoing ? t`Disappears ${time} after it is sent.` : t`Disappears ${time} after it is read.`
  const text = minutes === undefined ? sentOrRead : t`Disappears in ${time}.`
  return (
    <span title={text}>
      <Timer aria-hidden className="size-3.5" strokeWidth={2.25} />
      <span className="sr-only">{text}</span>
    </span>
  )
}
