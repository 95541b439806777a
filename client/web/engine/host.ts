/**
 * The engine's worker: a SharedWorker that tabs connect to, or a dedicated one that the elected tab starts and all tabs
 * reach by broadcast. Its script is named by the build, so that another build's tabs start another.
 */

import { openIndexedDbMediaStore } from '#sdk/media/indexeddb.ts'
import { openIndexedDbStore } from '#sdk/store/indexeddb.ts'
import { runHost, serveByBroadcast } from './host/run-host.ts'

/** The former worker's stores may still be closing, in milliseconds. */
const STORE_WAIT_MS = 5_000

const host = runHost({
  profile: 'default',
  build: __BUILD_ID__,
  relay: location.origin,
  locks: navigator.locks,
  openStore: (name) => openIndexedDbStore(name, { waitMs: STORE_WAIT_MS }),
  openMediaStore: openIndexedDbMediaStore,
})

if ('onconnect' in globalThis) {
  globalThis.addEventListener('connect', (event) => {
    const [port] = (event as MessageEvent).ports
    if (port !== undefined) host.connect(port)
  })
} else {
  serveByBroadcast(host, __BUILD_ID__)
}
