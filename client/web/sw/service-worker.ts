/**
 * Offline start: the whole of one build is kept, and pages get this build's files alone until the user lets the next one
 * take over. It keeps nothing else and sees no message: requests to the relay go past it. It keeps a build only if the key log
 * has its manifest, and the manifest its files.
 */

import {
  addPlugins,
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  getCacheKeyForURL,
  precacheAndRoute,
} from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import type { ClientManifest } from '#protocol/client-manifest.ts'
import {
  CHECK_WAITING,
  type ClientCheck,
  type ClientRefusal,
  type ClientRefused,
  SKIP_WAITING,
  TRUST_ANEW,
} from './messages.ts'
import { handleNotifications } from './notifications.ts'
import { handleShares } from './share-target.ts'
import { answerPushes } from './push.ts'
import { ClientRefusedError, TRUST_CACHE, forgetPinned, isOfManifest, readProvenManifest } from './trust.ts'

declare const self: ServiceWorkerGlobalScope & {
  readonly __WB_MANIFEST: readonly { readonly url: string; readonly revision: string | null }[]
}

const OWN = [...self.__WB_MANIFEST]
const SCRIPT = '/service-worker.js'

/** Of the build that is being installed. */
let proving: Promise<ClientManifest> | undefined

async function tell(refusal: ClientRefusal): Promise<void> {
  const refused: ClientRefused = { type: 'clientRefused', ...refusal }
  // Also those that no service worker serves yet.
  for (const page of await self.clients.matchAll({ includeUncontrolled: true, type: 'window' }))
    page.postMessage(refused, [])
}

/** The proven manifest; refusing it is told once. */
function proven(): Promise<ClientManifest> {
  proving ??= readProvenManifest().catch(async (error: unknown) => {
    if (error instanceof ClientRefusedError) await tell(error.refusal)
    throw error
  })
  return proving
}

addPlugins([
  {
    /** Nothing is kept that is not the manifest's: then nothing of the build is. */
    async cacheWillUpdate({ request, response }) {
      const path = new URL(request.url).pathname
      if (response.ok && (await isOfManifest(await proven(), path, response.clone()))) return response
      await tell({ failure: 'fileChanged', files: [path] })
      return null
    },
  },
])
precacheAndRoute(OWN)
handleShares()
handleNotifications()
cleanupOutdatedCaches()

/** Addresses that the relay answers itself. */
const RELAY = [/^\/v\d+\//, /^\/docs(\/|$)/, /^\/health/, /^\/\.well-known\//]
registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: RELAY }))

// Also the page that installed it, which came from the network: what it loads later is of the same build then.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

/**
 * Whether the build that waits, and that a later service worker has checked by its own rules, is what it should be by ours: the script
 * that it is, and everything that it has kept.
 */
async function checkWaiting(): Promise<ClientCheck> {
  try {
    const manifest = await readProvenManifest()
    const changed: string[] = []
    const check = async (path: string, response: Response) => {
      if (!(await isOfManifest(manifest, path, response))) changed.push(path)
    }
    const script = await fetch(SCRIPT, { cache: 'no-store', credentials: 'omit' })
    if (!script.ok) return 'unknown'
    await check(SCRIPT, script)
    const own = new Set(OWN.map(({ url }) => getCacheKeyForURL(url)))
    for (const name of await caches.keys()) {
      const cache = name === TRUST_CACHE ? undefined : await caches.open(name)
      for (const request of (await cache?.keys()) ?? []) {
        const kept = own.has(request.url) ? undefined : await cache?.match(request)
        if (kept !== undefined) await check(new URL(request.url).pathname, kept)
      }
    }
    return changed.length === 0 ? 'proven' : { failure: 'fileChanged', files: changed }
  } catch (error) {
    return error instanceof ClientRefusedError ? error.refusal : 'unknown'
  }
}

answerPushes()

self.addEventListener('message', (event) => {
  const [port] = event.ports
  if (event.data === SKIP_WAITING) void self.skipWaiting()
  else if (event.data === TRUST_ANEW) event.waitUntil(forgetPinned())
  else if (event.data === CHECK_WAITING && port !== undefined)
    event.waitUntil(checkWaiting().then((check) => port.postMessage(check)))
})
