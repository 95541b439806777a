/**
 * A deployment's web client as it is served, with its key log behind it: the log's own rules, and `fetch` in the place of a network. A test
 * changes what is served.
 */

import { utf8 } from '#protocol/bytes.ts'
import { CLIENT_MANIFEST_PATH, clientFile, digestOf, writeClientManifest } from '#protocol/client-manifest.ts'
import * as v from 'valibot'
import { configuration } from '#protocol/http/accounts.ts'
import { clientLog } from '#protocol/http/client-log.ts'
import { formatVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { toBase64url } from '#protocol/bytes.ts'
import { KEYS, openLog } from '#durable-objects/key-log/testing/logs.ts'
import type { Sequencer } from '#durable-objects/key-log/sequencer.ts'

const ORIGIN = 'https://relay.test'
const HOUR = 60 * 60_000

export class ServedClient {
  readonly url = new URL(ORIGIN)
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>()
  /** Without one, the deployment says that it keeps none. */
  log: Sequencer | undefined = openLog()
  key = formatVerifierKey(KEYS.signer.key)
  #now = 0

  /** Serves a build of these scripts, and a page. */
  serve(script: string): void {
    const files = { '/index.html': '<script src="/app.js"></script>', '/app.js': script }
    this.files.clear()
    const named = Object.entries(files).map(([path, text]) => {
      const bytes = utf8(text)
      this.files.set(path === '/index.html' ? '/' : path, bytes)
      return clientFile(path, bytes)
    })
    this.files.set(CLIENT_MANIFEST_PATH, writeClientManifest(named))
  }

  /** Logs the build that is served. */
  record(): this {
    this.log?.manifests.take(digestOf(this.files.get(CLIENT_MANIFEST_PATH) ?? new Uint8Array(0)), this.#now)
    this.log?.sequence(this.#now)
    this.#now += HOUR
    return this
  }

  /** The network, for pages and commands. */
  readonly fetch = (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    const { pathname } = new URL(input, ORIGIN)
    return Promise.resolve(this.#answer(pathname, init))
  }

  #answer(path: string, { body }: RequestInit): Response {
    if (path === configuration.path) {
      const { origin, indexKey } = KEYS
      const keyLog = this.log && { origin, key: this.key, indexKey: toBase64url(indexKey.publicKey) }
      return Response.json({ protocolVersion: 1, registration: 'open', now: 0, ...(keyLog && { keyLog }) })
    }
    if (path === clientLog.path) {
      const { digest, pinned } = v.parse(clientLog.request, JSON.parse(typeof body === 'string' ? body : ''))
      return this.log === undefined
        ? new Response(null, { status: 404 })
        : Response.json(this.log.client(digest, pinned))
    }
    const bytes = this.files.get(path)
    return bytes === undefined ? new Response(null, { status: 404 }) : new Response(bytes)
  }
}

/** A browser's caches in memory, as far as the service worker's pin needs them. */
export function memoryCaches(): Pick<CacheStorage, 'open'> {
  const kept = new Map<string, Response>()
  const cache = {
    match: (path: string) => Promise.resolve(kept.get(path)?.clone()),
    put: (path: string, response: Response) => Promise.resolve(void kept.set(path, response)),
    delete: (path: string) => Promise.resolve(kept.delete(path)),
  }
  return { open: () => Promise.resolve(cache as unknown as Cache) }
}
