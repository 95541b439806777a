/**
 * Offline start: the whole of one build is kept, and pages get this build's files alone until the user lets the next one
 * take over. It keeps nothing else and sees no message: requests to the relay go past it.
 */

import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { SKIP_WAITING } from './messages.ts'

declare const self: ServiceWorkerGlobalScope & {
  readonly __WB_MANIFEST: readonly { readonly url: string; readonly revision: string | null }[]
}

precacheAndRoute([...self.__WB_MANIFEST])
cleanupOutdatedCaches()

/** Addresses that the relay answers itself. */
const RELAY = [/^\/v\d+\//, /^\/docs(\/|$)/, /^\/health/, /^\/\.well-known\//]
registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: RELAY }))

// Also the page that installed it, which came from the network: what it loads later is of the same build then.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

self.addEventListener('message', (event) => {
  if (event.data === SKIP_WAITING) void self.skipWaiting()
})
