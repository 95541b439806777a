import { useLingui } from '@lingui/react/macro'
import { Check, CheckCheck, CircleAlert, CircleCheckBig, Clock, ShieldAlert } from 'lucide-react'
import type { MessageState } from '#sdk/index.ts'

/** Each state has a sign of its own form: colour adds to it, and is never all there is. */
const ICONS = {
  queued: Clock,
  blocked: ShieldAlert,
  failed: CircleAlert,
  sent: Check,
  delivered: CheckCheck,
  read: CircleCheckBig,
} as const

export function useStateName(): (state: MessageState) => string {
  const { t } = useLingui()
  return (state) => {
    switch (state) {
      case 'queued':
        return t`Waiting to be sent`
      case 'blocked':
        return t`Held back`
      case 'failed':
        return t`Not sent`
      case 'sent':
        return t`Sent`
      case 'delivered':
        return t`Delivered`
      case 'read':
        return t`Read`
      case 'received':
        return t`Received`
    }
  }
}

/** The sign of an own message's state, with its name for screen readers and on hover. */
export function MessageStateIcon({ state, className }: { state: MessageState; className?: string }) {
  const name = useStateName()(state)
  if (state === 'received') return null
  const Icon = ICONS[state]
  return (
    <span title={name} className={className}>
      <Icon aria-hidden className="size-3.5" strokeWidth={2.25} />
      <span className="sr-only">{name}</span>
    </span>
  )
}
