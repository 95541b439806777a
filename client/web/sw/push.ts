/**
 * Pushes: the relay says that there is something, and nothing else. A page that is open and hidden has the engine, and tells of the message by
 * itself (notifications.ts); where there is none, or it tells nothing in time, "New message" has to do.
 */

import * as v from 'valibot'
import { isTold } from './is-told.ts'
import { plainText } from './news-text.ts'
import { isQuiet, readNotificationSettings } from './notification-settings.ts'

declare const self: ServiceWorkerGlobalScope

/** How long a page may take: it may have been frozen, and has to connect first. */
const PAGE_MS = 4_000
const LOOK_MS = 250
/** One notice for all that came: the newest stands for the rest. */
const TAG = 'messages'
const Notice = v.object({ kind: v.literal('push') })

export function answerPushes(): void {
  self.addEventListener('push', (event) => event.waitUntil(notify()))
  self.addEventListener('notificationclick', (event) => {
    if (!v.is(Notice, event.notification.data)) return
    event.notification.close()
    event.waitUntil(open())
  })
}

async function notify(): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  // Who looks sees it come.
  if (pages.some((page) => page.visibilityState === 'visible')) return
  const settings = await readNotificationSettings()
  if (settings.shown && pages.length > 0 && (await pageTells())) return
  await self.registration.showNotification((await plainText()) ?? 'SilentRelay', {
    tag: TAG,
    icon: '/icons/icon-192.png',
    data: { kind: 'push' } satisfies v.InferOutput<typeof Notice>,
    // Browsers want a notice for each push.
    ...(settings.quiet !== undefined && isQuiet(settings.quiet, new Date()) && { silent: true }),
  })
}

/** Whether a page tells of something new, in time. */
async function pageTells(): Promise<boolean> {
  const before = await self.registration.getNotifications()
  for (let left = PAGE_MS; left > 0; left -= LOOK_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    if (isTold(before, await self.registration.getNotifications(), TAG)) return true
  }
  return false
}

async function open(): Promise<void> {
  const [page] = await self.clients.matchAll({ type: 'window' })
  if (page === undefined) await self.clients.openWindow('/')
  else await page.focus()
}
