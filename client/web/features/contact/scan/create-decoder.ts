import { trustedScriptUrl } from '../../../app/trusted-types.ts'
// oxlint-disable-next-line import/default -- Vite answers such an import with the address of the built worker
import url from './decoder-worker.ts?worker&url'

/** What qr-scanner imports in the place of its own (see `qr-decoder-plugin.ts`), where the browser has no BarcodeDetector. */
export function createWorker(): Worker {
  return new Worker(trustedScriptUrl(url), { type: 'module' })
}
