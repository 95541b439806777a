import { trustedScriptUrl } from '../app/trusted-types.ts'
import { SKIP_WAITING } from './messages.ts'

/** How often a page that stays open asks for a new build. Milliseconds. */
const CHECK_EVERY_MS = 60 * 60 * 1_000

export interface UpdateHandlers {
  /** Another build is here and waits. {@link goOver} lets it take over. */
  readonly waits: () => void
  /** Called before the page is reloaded, because the other build took over: in this tab or in another. */
  readonly leave: () => Promise<void>
}

/**
 * Registers the service worker and follows the builds that come after this one. When one takes over, every tab reloads,
 * so that none runs one build on the files of another. Answers what ends it.
 */
export function watchForUpdates({ waits, leave }: UpdateHandlers): () => void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return () => undefined
  let timer: ReturnType<typeof setInterval> | undefined
  let isLeaving = false
  const ending = new AbortController()
  const { signal } = ending

  const reload = async () => {
    if (isLeaving || signal.aborted) return
    isLeaving = true
    await leave()
    location.reload()
  }
  const register = async () => {
    const registration = await navigator.serviceWorker.register(trustedScriptUrl('/service-worker.js'), { scope: '/' })
    if (signal.aborted) return
    const follow = (worker: ServiceWorker | null) => {
      // The first one ever is of the build that this page has.
      if (worker === null || registration.active === null) return
      const look = () => {
        if (worker.state === 'installed') waits()
        else if (worker.state === 'activated') void reload()
      }
      worker.addEventListener('statechange', look, { signal })
      look()
    }
    follow(registration.waiting)
    follow(registration.installing)
    registration.addEventListener('updatefound', () => follow(registration.installing), { signal })
    // Offline, or the relay restarts: the next round asks again.
    timer = setInterval(() => void registration.update().catch(() => undefined), CHECK_EVERY_MS)
  }

  // Where service workers are refused (a private window of some browsers) the client works online alone.
  void register().catch(() => undefined)
  return () => {
    ending.abort()
    clearInterval(timer)
  }
}

/** Goes over to the newest build that is here: the one that waits, for all tabs, or else what a reload brings. */
export async function goOver(): Promise<void> {
  const registration = 'serviceWorker' in navigator ? await navigator.serviceWorker.getRegistration() : undefined
  const waiting = registration?.waiting ?? undefined
  if (waiting === undefined) location.reload()
  else waiting.postMessage(SKIP_WAITING, [])
}

/** A file of this build is gone from the server and from the cache. Answers what ends it. */
export function onBrokenBuild(listener: () => void): () => void {
  addEventListener('vite:preloadError', listener)
  return () => removeEventListener('vite:preloadError', listener)
}
