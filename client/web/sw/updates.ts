import { trustedScriptUrl } from '../app/trusted-types.ts'
import {
  CHECK_WAITING,
  type ClientCheck,
  type ClientRefusal,
  type ClientRefused,
  SKIP_WAITING,
  TRUST_ANEW,
} from './messages.ts'

/** How often a page that stays open asks for a new build. Milliseconds. */
const CHECK_EVERY_MS = 60 * 60 * 1_000
/** How soon a build is checked again that could not be. */
const RECHECK_MS = 60 * 1_000
/** A service worker of an older build does not know the question. A check reads a few files. */
const NO_ANSWER_MS = 60 * 1_000

export interface UpdateHandlers {
  /** Another build is here and waits. {@link goOver} lets it take over. */
  readonly waits: () => void
  /** The relay serves a build that is not what the key log and its manifest say. It is not used. */
  readonly refused: (refusal: ClientRefusal) => void
  /** Called before the page is reloaded, because the other build took over: in this tab or in another. */
  readonly leave: () => Promise<void>
}

/**
 * Registers the service worker and follows the builds that come after this one. When one takes over, every tab reloads,
 * so that none runs one build on the files of another. Answers what ends it.
 */
export function watchForUpdates({ waits, refused, leave }: UpdateHandlers): () => void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return () => undefined
  let timer: ReturnType<typeof setInterval> | undefined
  let rechecking: ReturnType<typeof setTimeout> | undefined
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
      const check = async ({ active }: ServiceWorkerRegistration) => {
        const found = active === null ? 'proven' : await askAboutWaiting(active)
        if (signal.aborted || worker.state !== 'installed') return
        if (found === 'proven') waits()
        else if (found === 'unknown') rechecking = setTimeout(() => void check(registration), RECHECK_MS)
        else refused(found)
      }
      const look = () => {
        if (worker.state === 'installed') void check(registration)
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

  const heard = ({ data }: MessageEvent<ClientRefused | undefined>) => {
    if (data?.type === 'clientRefused') refused(data)
  }
  navigator.serviceWorker.addEventListener('message', heard, { signal })
  // Where service workers are refused (a private window of some browsers) the client works online alone.
  void register().catch(() => undefined)
  return () => {
    ending.abort()
    clearInterval(timer)
    clearTimeout(rechecking)
  }
}

/**
 * What the service worker that runs, which is of a build that was proven, says of the one that waits: that one has checked itself, which
 * is not enough. One from before there was such a question does not answer.
 */
async function askAboutWaiting(active: ServiceWorker): Promise<ClientCheck> {
  const { port1, port2 } = new MessageChannel()
  const answer = new Promise<ClientCheck>((resolve) => {
    port1.addEventListener('message', ({ data }: MessageEvent<ClientCheck>) => resolve(data), { once: true })
    port1.start()
    setTimeout(() => resolve('proven'), NO_ANSWER_MS)
  })
  active.postMessage(CHECK_WAITING, [port2])
  const found = await answer
  port1.close()
  return found
}

/** Trusts the key log anew that the relay names now, as on a first visit, and looks for a build again. */
export async function trustAnew(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration()
  registration?.active?.postMessage(TRUST_ANEW)
  registration?.waiting?.postMessage(TRUST_ANEW)
  await registration?.update()
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
