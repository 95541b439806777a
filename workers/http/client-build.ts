/** The build of the web client that this deployment serves: in the key log once somebody is served it. */

import { keyLogOf } from '#durable-objects/key-log/stub.ts'
import { errorFields, log } from '#durable-objects/log.ts'
import { CLIENT_MANIFEST_BYTES, CLIENT_MANIFEST_PATH, digestOf, readClientManifest } from '#protocol/client-manifest.ts'
import type { RequestContext } from './context.ts'

/** Whoever asks about the log waits for it so long; what is not logged by then is logged with the next question. */
const WAIT_MS = 2_000

/** Of this isolate, which serves one build: whether it is logged in the log of that key. */
let logging: { readonly log: string; readonly done: Promise<void> } | undefined

/** Has the build logged, once for each isolate. Resolves after two seconds at most, whatever came of it. */
export async function logClientBuild(context: RequestContext): Promise<void> {
  const { keyLog, correlationId } = context
  if (keyLog === undefined) return
  if (logging?.log !== keyLog.verifierKey) {
    const done = logBuild(context).catch((error: unknown) => {
      log('warn', 'client.notLogged', { correlationId, ...errorFields(error) })
      logging = undefined
    })
    logging = { log: keyLog.verifierKey, done }
  }
  await Promise.race([logging.done, new Promise((resolve) => setTimeout(resolve, WAIT_MS))])
}

async function logBuild({ env, keyLog }: RequestContext): Promise<void> {
  const file = await env.ASSETS.fetch(new Request(new URL(CLIENT_MANIFEST_PATH, 'https://client.invalid')))
  // A relay without a client.
  if (file.status === 404 || keyLog === undefined) return
  const bytes = new Uint8Array(await file.arrayBuffer())
  if (bytes.length > CLIENT_MANIFEST_BYTES || readClientManifest(bytes) === undefined) {
    throw new RangeError('not a manifest of the client')
  }
  const outcome = await keyLogOf(env.KEY_LOG, keyLog).logManifest(digestOf(bytes))
  if (outcome === 'full') throw new RangeError('too many manifests wait')
}
