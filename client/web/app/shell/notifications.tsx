import { useLingui } from '@lingui/react/macro'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import * as v from 'valibot'
import type { ConversationRow } from '../../engine/api.ts'
import { useConversations, useUnreadCount } from '../../state/index.ts'
import { readNotificationSettings } from '../../sw/notification-settings.ts'
import { type Notify, OpenConversation, type Unnotify } from '../../sw/notify-messages.ts'
import { arrivals, type Seen, seenIn } from './arrivals.ts'
import { notificationText, type NotificationWords } from './notification-text.ts'

/** Where there is none (a private window of some browsers, the development server), nothing is shown. */
async function tellServiceWorker(message: Notify | Unnotify): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  const registration = await navigator.serviceWorker.getRegistration()
  registration?.active?.postMessage(message)
}

async function tellOf(rows: readonly ConversationRow[], words: NotificationWords): Promise<void> {
  const { shown, content } = await readNotificationSettings()
  if (!shown) return
  for (const row of rows) {
    const text = notificationText(row, content, words)
    await tellServiceWorker({ type: 'notify', conversation: row.id, order: row.lastOrder, ...text })
  }
}

/** Tells the service worker what came while this tab is in the background, and the system how much waits. */
export function Notifications() {
  const { t } = useLingui()
  const rows = useConversations()
  const before = useRef<Seen>(undefined)
  const waiting = useRef<ReadonlySet<string>>(new Set())
  useOpening()
  useBadge()
  useEffect(() => {
    const seen = before.current
    before.current = seenIn(rows)
    const unread = new Set(rows.filter((row) => row.unread > 0).map(({ id }) => id))
    for (const id of waiting.current)
      if (!unread.has(id)) void tellServiceWorker({ type: 'unnotify', conversation: id })
    waiting.current = unread
    if (seen === undefined || document.visibilityState === 'visible') return
    const arrived = arrivals(rows, seen).filter((row) => row.unread > 0)
    if (arrived.length === 0) return
    const words = { newMessage: t`New message`, unnamed: t`Unnamed contact` }
    void tellOf(arrived, words)
  }, [rows, t])
  return null
}

/** Somebody chose a notification: the service worker put this tab in front. */
function useOpening(): void {
  const navigate = useNavigate()
  useEffect(() => {
    if (!('serviceWorker' in navigator)) return undefined
    const { serviceWorker } = navigator
    const heard = ({ data }: MessageEvent) => {
      const open = v.safeParse(OpenConversation, data)
      if (open.success) void navigate({ to: '/c/$id', params: { id: open.output.conversation } })
    }
    serviceWorker.addEventListener('message', heard)
    return () => serviceWorker.removeEventListener('message', heard)
  }, [navigate])
}

/** The number at the icon of the installed client: that of the page's title. None while it is locked. */
function useBadge(): void {
  const unread = useUnreadCount()
  useEffect(() => {
    if (!('setAppBadge' in navigator)) return undefined
    // Refused where it is not installed, in some browsers.
    navigator.setAppBadge(unread).catch(() => undefined)
    return () => void navigator.clearAppBadge().catch(() => undefined)
  }, [unread])
}
