import * as v from 'valibot'
import { isQuiet, type NotificationSettings } from './notification-settings.ts'
import { NotificationData } from './notify-messages.ts'

interface Situation {
  readonly settings: NotificationSettings
  readonly now: Date
  /** Some page of this client is in view. */
  readonly isLookedAt: boolean
  /** What the notifications carry that the conversation has already. */
  readonly shown: readonly unknown[]
}

/** Whether a notification of a conversation's message is shown: `order` says which message. Pure. */
export function isShown(order: number, { settings, now, isLookedAt, shown }: Situation): boolean {
  if (!settings.shown || isLookedAt) return false
  if (settings.quiet !== undefined && isQuiet(settings.quiet, now)) return false
  return !shown.some((data) => {
    const known = v.safeParse(NotificationData, data)
    return known.success && known.output.order >= order
  })
}
