import { trustedScriptUrl } from '../app/trusted-types.ts'
import { SKIP_WAITING } from './messages.ts'

/** How often a page that stays open asks for a new build. Milliseconds. */
const CHECK_EVERY_MS = 60 * 60 * 1_000

/**
 * Registers the service worker and tells when another build waits. `accept` lets it take over; every tab then reloads, so
 * that no tab runs one build on the files of another. Answers what ends it.
 */
export function watchForUpdates(onWaiting: (accept: () => void) => void): () => void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return () => undefined
  const { serviceWorker } = navigator
  // A page without one is not taken over by the first: nothing to reload for.
  let reloadOnChange = serviceWorker.controller !== null
  let ended = false
  let timer: ReturnType<typeof setInterval> | undefined

  const onControllerChange = () => {
    if (reloadOnChange) location.reload()
    reloadOnChange = true
  }
  const offer = (waiting: ServiceWorker) => {
    if (!ended) onWaiting(() => waiting.postMessage(SKIP_WAITING, []))
  }
  const register = async () => {
    const registration = await serviceWorker.register(trustedScriptUrl('/service-worker.js'), { scope: '/' })
    if (ended) return
    if (registration.waiting !== null && registration.active !== null) offer(registration.waiting)
    registration.addEventListener('updatefound', () => {
      const { installing } = registration
      installing?.addEventListener('statechange', () => {
        if (installing.state === 'installed' && registration.active !== null) offer(installing)
      })
    })
    // Offline, or the relay restarts: the next round asks again.
    timer = setInterval(() => void registration.update().catch(() => undefined), CHECK_EVERY_MS)
  }

  serviceWorker.addEventListener('controllerchange', onControllerChange)
  // Where service workers are refused (a private window of some browsers) the client works online alone.
  void register().catch(() => undefined)
  return () => {
    ended = true
    clearInterval(timer)
    serviceWorker.removeEventListener('controllerchange', onControllerChange)
  }
}

/** A file of this build is gone from the server and from the cache. Answers what ends it. */
export function onBrokenBuild(listener: () => void): () => void {
  addEventListener('vite:preloadError', listener)
  return () => removeEventListener('vite:preloadError', listener)
}
