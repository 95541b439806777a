/**
 * Notifications of messages that came while no page is looked at. Several pages may tell of the same message: it is shown once. What
 * they say is already as little as the settings allow; whether it is shown at all is decided here, where all pages are known.
 */

import * as v from 'valibot'
import { isShown } from './is-shown.ts'
import { readNotificationSettings } from './notification-settings.ts'
import { NotificationData, Notify, type OpenConversation, tagOf, Unnotify } from './notify-messages.ts'

declare const self: ServiceWorkerGlobalScope

/** One after the other, so that the same message from two pages meets the notification of the first. */
let showing: Promise<void> = Promise.resolve()

async function show({ conversation, order, title, body }: Notify): Promise<void> {
  const tag = tagOf(conversation)
  const [settings, pages, shown] = await Promise.all([
    readNotificationSettings(),
    self.clients.matchAll({ type: 'window' }),
    self.registration.getNotifications({ tag }),
  ])
  const isLookedAt = pages.some(({ visibilityState }) => visibilityState === 'visible')
  if (!isShown(order, { settings, now: new Date(), isLookedAt, shown: shown.map(({ data }) => data as unknown) }))
    return
  const data: NotificationData = { conversation, order }
  // `renotify` is not in the library's types.
  const options: NotificationOptions & { renotify: boolean } = {
    body,
    tag,
    data,
    icon: '/icons/icon-192.png',
    renotify: true,
  }
  await self.registration.showNotification(title, options)
}

async function close(conversation: string): Promise<void> {
  for (const shown of await self.registration.getNotifications({ tag: tagOf(conversation) })) shown.close()
}

async function openConversation(conversation: string): Promise<void> {
  const [page] = await self.clients.matchAll({ type: 'window' })
  if (page === undefined) {
    await self.clients.openWindow(`/c/${conversation}`)
    return
  }
  await page.focus()
  const open: OpenConversation = { type: 'openConversation', conversation }
  page.postMessage(open, [])
}

/** Follows what pages tell, and what is done with notifications. Once, when the service worker starts. */
export function handleNotifications(): void {
  self.addEventListener('message', heard)
  self.addEventListener('notificationclick', chosen)
}

function heard(event: ExtendableMessageEvent): void {
  const notify = v.safeParse(Notify, event.data)
  const unnotify = v.safeParse(Unnotify, event.data)
  if (notify.success) {
    // Where permission was taken back, showing rejects: nothing is shown then.
    showing = showing.then(() => show(notify.output)).catch(() => undefined)
    event.waitUntil(showing)
  } else if (unnotify.success) event.waitUntil(close(unnotify.output.conversation))
}

function chosen(event: NotificationEvent): void {
  const data = v.safeParse(NotificationData, event.notification.data)
  event.notification.close()
  if (data.success) event.waitUntil(openConversation(data.output.conversation))
}
