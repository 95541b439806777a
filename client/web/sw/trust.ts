/**
 * Whether a build of this client is the one that everybody is served: its manifest is in the key log, under the key that was
 * pinned on the first visit, and its files are those of the manifest. Runs in the service worker.
 */

import * as v from 'valibot'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { CLIENT_MANIFEST_PATH, type ClientManifest, digestOf, readClientManifest } from '#protocol/client-manifest.ts'
import { configuration } from '#protocol/http/accounts.ts'
import { clientLog } from '#protocol/http/client-log.ts'
import { integer, bytesOf } from '#protocol/primitives.ts'
import { parseVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { verifyManifest } from '#protocol/merkle/verify-manifest.ts'
import type { ClientFailure, ClientRefusal } from './messages.ts'

/** A cache of its own, which no build cleans up. */
export const TRUST_CACHE = 'client-trust'
const PINNED = '/pinned'

const Pinned = v.object({
  key: v.string(),
  head: v.object({ size: integer(1), root: bytesOf(32) }),
  /** The number of the newest build that was found in the log. */
  sequence: integer(1),
})
type Pinned = v.InferOutput<typeof Pinned>

/** A build is not what it should be. What is merely not known, as without a network, is another error. */
export class ClientRefusedError extends Error {
  override readonly name = 'ClientRefusedError'
  readonly refusal: ClientRefusal
  constructor(failure: ClientFailure, files: readonly string[] = []) {
    super(failure)
    this.refusal = { failure, files }
  }
}

async function readPinned(): Promise<Pinned | undefined> {
  const kept = await (await caches.open(TRUST_CACHE)).match(PINNED)
  const parsed = v.safeParse(Pinned, await kept?.json().catch(() => undefined))
  return parsed.success ? parsed.output : undefined
}

async function pin(pinned: Pinned): Promise<void> {
  await (await caches.open(TRUST_CACHE)).put(PINNED, Response.json(pinned))
}

/** The user decided to trust the log that the relay names now, as on the first visit. */
export async function forgetPinned(): Promise<void> {
  await (await caches.open(TRUST_CACHE)).delete(PINNED)
}

async function answerOf<T extends v.GenericSchema>(schema: T, path: string, init: RequestInit = {}) {
  const response = await fetch(path, { ...init, cache: 'no-store', credentials: 'omit' })
  if (!response.ok) throw new Error(`status ${response.status}`)
  return v.parse(schema, await response.json())
}

/**
 * The manifest of the build that the relay serves now, once the log has shown it. Where the deployment keeps no log, it is taken as it is.
 *
 * @throws ClientRefusedError; another error when it could not be asked
 */
export async function readProvenManifest(): Promise<ClientManifest> {
  const response = await fetch(CLIENT_MANIFEST_PATH, { cache: 'no-store', credentials: 'omit' })
  if (response.status === 404) throw new ClientRefusedError('manifestMissing')
  if (!response.ok) throw new Error(`status ${response.status}`)
  const bytes = new Uint8Array(await response.arrayBuffer())
  const manifest = readClientManifest(bytes)
  if (manifest === undefined) throw new ClientRefusedError('manifestMalformed')
  await prove(digestOf(bytes))
  return manifest
}

async function prove(digest: string): Promise<void> {
  const pinned = await readPinned()
  const { keyLog } = await answerOf(configuration.response, configuration.path)
  if (keyLog === undefined) {
    if (pinned !== undefined) throw new ClientRefusedError('logGone')
    return
  }
  const logKey = parseVerifierKey(keyLog.key)
  if (logKey?.kind !== 'log') throw new ClientRefusedError('checkpointUnsigned')
  if (pinned !== undefined && pinned.key !== keyLog.key) throw new ClientRefusedError('logKeyChanged')
  const answer = await answerOf(clientLog.response, clientLog.path, {
    method: clientLog.method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ digest, pinned: pinned?.head.size ?? 0 }),
  })
  const head = pinned && { size: pinned.head.size, root: fromBase64url(pinned.head.root) }
  const trust = { origin: logKey.name, logKey, witnesses: [], quorum: 0, head }
  const proven = verifyManifest(answer, trust, digest, pinned?.sequence ?? 0)
  if (typeof proven === 'string') throw new ClientRefusedError(proven)
  const { size, root } = proven.head
  await pin({ key: keyLog.key, head: { size, root: toBase64url(root) }, sequence: proven.sequence })
}

/** Whether a response is the file of this path that a manifest names. */
export async function isOfManifest({ files }: ClientManifest, path: string, response: Response): Promise<boolean> {
  const file = files.find((one) => one.path === path)
  if (file === undefined) return false
  return digestOf(new Uint8Array(await response.arrayBuffer())) === file.sha256
}
