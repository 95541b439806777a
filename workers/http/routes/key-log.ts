/** The key log: indexes and lookups for clients, and the public log for auditors and witnesses. */

import type { Hono } from 'hono'
import { keyLogOf } from '#durable-objects/key-log/stub.ts'
import { keyLogFolder } from '#durable-objects/key-log/keys.ts'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { ROUTES } from '#protocol/http/routes.ts'
import { evaluate } from '#protocol/merkle/index-oprf.ts'
import { TILE_WIDTH, parseTilePath } from '#protocol/merkle/log/tiles.ts'
import { addressKey, allow } from '../allow.ts'
import { logClientBuild } from '../client-build.ts'
import type { RequestContext } from '../context.ts'
import { Failure } from '../failure.ts'
import { type HonoEnv, ask, serve, valueOf } from '../serve.ts'
import { lookUp } from '../key-lookup.ts'
import { callerOf } from './caller.ts'

/** Below which the public log is served. */
export const KEY_LOG_PATH = '/key-log/'

/** Anybody may read it, pages of other origins among them: there is nothing in it that is not public. */
const PUBLIC_HEADERS = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }

function keysOf({ keyLog }: RequestContext) {
  if (keyLog === undefined) throw new Failure('notFound')
  return keyLog
}

export function serveKeyLog(app: Hono<HonoEnv>): void {
  serve(app, ROUTES.keyLogIndexes, async ({ body, context, holder }) => {
    const { indexKey } = keysOf(context)
    const { length } = body.elements
    valueOf(await ask(context.relay(holder.account).authorise(callerOf(context, holder))))
    await allow(context, 'indexesPerAccount', holder.account, length)
    const evaluation = evaluate(indexKey, body.elements.map(fromBase64url))
    if (evaluation === undefined) throw new Failure('malformed', { detail: 'elements' })
    return { evaluated: evaluation.evaluated.map(toBase64url), proof: toBase64url(evaluation.proof) }
  })

  serve(app, ROUTES.keyLogLookup, async ({ body, context, headers }) => {
    const keys = keysOf(context)
    await allow(context, 'keyLookupsPerAddress', await addressKey(context, headers), body.accounts.length)
    return lookUp(context, keyLogOf(context.env.KEY_LOG, keys), body)
  })

  serve(app, ROUTES.clientLog, async ({ body: { digest, pinned }, context, headers }) => {
    const keys = keysOf(context)
    await allow(context, 'keyLogReadsPerAddress', await addressKey(context, headers))
    await logClientBuild(context)
    return ask(keyLogOf(context.env.KEY_LOG, keys).client({ digest, since: pinned }))
  })

  app.get(`${KEY_LOG_PATH}checkpoint`, async (c) =>
    published(c.env.context, c.req.raw.headers, 'checkpoint', {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-cache',
    }),
  )

  app.get(`${KEY_LOG_PATH}tile/*`, async (c) => {
    const path = new URL(c.req.raw.url).pathname.slice(KEY_LOG_PATH.length)
    const tile = parseTilePath(path)
    if (tile === undefined) throw new Failure('notFound')
    return published(c.env.context, c.req.raw.headers, path, {
      'content-type': 'application/octet-stream',
      // A partial one may be deleted once the full one is there.
      'cache-control': tile.width === TILE_WIDTH ? 'public, max-age=31536000, immutable' : 'public, max-age=3600',
    })
  })
}

/** A file of the public log, from R2. */
async function published(
  context: RequestContext,
  headers: Headers,
  path: string,
  more: Record<string, string>,
): Promise<Response> {
  const keys = keysOf(context)
  await allow(context, 'keyLogReadsPerAddress', await addressKey(context, headers))
  const file = await ask(context.env.MEDIA.get(`${keyLogFolder(keys)}${path}`))
  if (file === null) throw new Failure('notFound')
  return new Response(file.body, { headers: { ...PUBLIC_HEADERS, ...more } })
}
