// eslint-disable-next-line import/default -- Vite's: the address of the built worker, not the module
import hostUrl from '../engine/host.ts?worker&url'
import { trustedScriptUrl } from '../app/trusted-types.ts'
import { Bridge } from './bridge.ts'
import type { EngineConnection } from './connection.ts'
import { unavailableEngine } from './unavailable.ts'
import { electedLink, sharedLink } from './links.ts'

export type { EngineConnection } from './connection.ts'

/** Connects this tab to the engine of its browser profile, and starts it where it does not run. Call it once. */
export function connectEngine(): EngineConnection {
  if (!('locks' in navigator)) return unavailableEngine()
  const options = { type: 'module', name: `silentrelay ${__BUILD_ID__}` } as const
  const elected = electedLink(__BUILD_ID__, navigator.locks, () => new Worker(trustedScriptUrl(hostUrl), options))
  const link =
    typeof SharedWorker === 'undefined'
      ? elected
      : sharedLink(() => new SharedWorker(trustedScriptUrl(hostUrl), options), elected)
  const bridge = new Bridge(link, navigator.locks)
  // Behind whatever else is done when a tab is hidden: drafts are kept then, and the host takes commands in their order.
  const leaveLater = () =>
    void setTimeout(() => {
      if (document.visibilityState === 'hidden') bridge.leave()
    })
  addEventListener('online', () => bridge.networkAvailable())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') return leaveLater()
    bridge.networkAvailable()
    bridge.stay()
  })
  bridge.subscribe((event) => {
    // Asked when there is something to keep: a browser that asks its user does so after an account was made.
    if (event.type === 'phase' && event.phase.phase === 'ready') persistOnce()
  })
  bridge.onOtherBuild(() => {
    if (document.visibilityState === 'hidden') leaveLater()
  })
  return bridge
}

let isAsked = false
function persistOnce(): void {
  if (isAsked) return
  isAsked = true
  // Kept as long as there is room, if it is refused: nothing to tell.
  void navigator.storage.persist().catch(() => false)
}
