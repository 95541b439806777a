/** Being told of messages while the client is closed: the browser's subscription, and the relay's knowledge of it. */

import type { EngineApi } from '../../engine/api.ts'
import { keepPlainText } from '../../sw/news-text.ts'

/** `unsupported`: this browser cannot. `notOffered`: this relay does not. `denied`: the user told the browser so. */
export type PushState = 'unsupported' | 'notOffered' | 'denied' | 'off' | 'on'

function hasPushes(): boolean {
  return 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis
}

async function subscriptionHere(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration()
  return (await registration?.pushManager.getSubscription()) ?? null
}

export async function pushState(api: EngineApi): Promise<PushState> {
  if (!hasPushes()) return 'unsupported'
  if (Notification.permission === 'denied') return 'denied'
  if ((await subscriptionHere()) !== null) return 'on'
  return (await api.pushKey()) === null ? 'notOffered' : 'off'
}

function base64url(octets: ArrayBuffer | null): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(octets ?? new ArrayBuffer(0))))
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

async function tellRelay(api: EngineApi, subscription: PushSubscription): Promise<void> {
  const { endpoint, expirationTime } = subscription
  await api.subscribePush({
    kind: 'web',
    endpoint,
    p256dh: base64url(subscription.getKey('p256dh')),
    auth: base64url(subscription.getKey('auth')),
    ...(expirationTime !== null && { expiresAt: Math.floor(expirationTime) }),
  })
}

/**
 * Asks the user, subscribes, and tells the relay. To be called by a gesture. Answers the state that came of it; rejects as the engine does.
 *
 * @param plain what a notice says that the client could not describe
 */
export async function turnOn(api: EngineApi, plain: string): Promise<PushState> {
  if ((await Notification.requestPermission()) !== 'granted')
    return Notification.permission === 'denied' ? 'denied' : 'off'
  const applicationServerKey = await api.pushKey()
  if (applicationServerKey === null) return 'notOffered'
  await keepPlainText(plain)
  const registration = await navigator.serviceWorker.ready
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey })
  try {
    await tellRelay(api, subscription)
  } catch (error) {
    await subscription.unsubscribe()
    throw error
  }
  return 'on'
}

/** The relay first: what it does not know it cannot use. */
export async function turnOff(api: EngineApi): Promise<PushState> {
  await api.unsubscribePush()
  await (await subscriptionHere())?.unsubscribe()
  return 'off'
}

/** The relay may have lost it, and the browser made another: told again whenever the client starts, which changes nothing where nothing changed. */
export async function renewSubscription(api: EngineApi): Promise<void> {
  if (!hasPushes() || Notification.permission !== 'granted') return
  const subscription = await subscriptionHere()
  if (subscription !== null) await tellRelay(api, subscription)
}
