/** Media: tokens for accounts; uploads, downloads and ends for whoever has the secret. */

import type { Hono } from 'hono'
import type { SpentMediaToken } from '#db/queries/media.ts'
import { type TokenCredential, issuingKeyId } from '#protocol/token-wire.ts'
import { fromBase64url } from '#protocol/bytes.ts'
import { ROUTES } from '#protocol/http/routes.ts'
import { mediaName } from '#protocol/media/object.ts'
import { tokensFor } from '#protocol/media/sizes.ts'
import { mediaTokens } from '#protocol/media/tokens.ts'
import type { MediaDeps } from '../../media/media.ts'
import { mediaTokenKey } from '../../media/token-keys.ts'
import { addressKey, allow } from '../allow.ts'
import type { RequestContext } from '../context.ts'
import { Failure } from '../failure.ts'
import { type HonoEnv, ask, serve, valueOf } from '../serve.ts'
import { callerOf } from './caller.ts'

/** The rules, with queries and signing behind them: loaded by the first request that needs them, not by every isolate. */
const rules = () => import('../../media/media.ts')

function depsOf({ config, database, env, now }: RequestContext, origin: string): MediaDeps {
  if (config.media === undefined) throw new Failure('mediaNotOffered')
  const { endpoint } = config.media
  const storage = { ...config.media, endpoint: endpoint.startsWith('/') ? origin + endpoint : endpoint }
  return { database, bucket: env.MEDIA, storage, now }
}

/** The tokens of a request, if they are enough and for this object; whether they were spent before, the database says. */
function redeem(
  { config, now }: RequestContext,
  tokens: readonly TokenCredential[],
  name: string,
  bytes: number,
): SpentMediaToken[] {
  const keyOf = (id: number) => mediaTokenKey(config.tokenSecret, id)
  if (tokens.length !== tokensFor(bytes)) throw new Failure('mediaTokenInvalid')
  return tokens.map((token) => {
    const spent = mediaTokens.redeem(keyOf, token, name, now)
    if (spent === undefined) throw new Failure('mediaTokenInvalid')
    return { hash: fromBase64url(spent.hash), keyId: spent.keyId }
  })
}

async function limited(context: RequestContext, headers: Headers): Promise<void> {
  await allow(context, 'mediaUploadsPerAddress', await addressKey(context, headers))
}

export function serveMedia(app: Hono<HonoEnv>): void {
  serve(app, ROUTES.issueMediaTokens, async ({ body, context, holder }) => {
    const { config, now } = context
    if (config.media === undefined) throw new Failure('mediaNotOffered')
    valueOf(await ask(context.relay(holder.account).authorise(callerOf(context, holder))))
    await allow(context, 'mediaTokensPerAccount', holder.account, body.blinded.length)
    const answer = mediaTokens.issue(mediaTokenKey(config.tokenSecret, issuingKeyId(now)), body)
    if (answer === undefined) throw new Failure('malformed', { detail: 'blinded' })
    return answer
  })

  serve(app, ROUTES.createMedia, async ({ body, context, headers, origin }) => {
    const deps = depsOf(context, origin)
    await limited(context, headers)
    const { tokens, ...upload } = body
    return (await rules()).createUpload(deps, upload, () => redeem(context, tokens, upload.name, upload.bytes))
  })

  serve(app, ROUTES.resumeMedia, async ({ body, context, headers, origin }) => {
    const deps = depsOf(context, origin)
    await limited(context, headers)
    return (await rules()).resumeUpload(deps, body, body.parts)
  })

  serve(app, ROUTES.completeMedia, async ({ body, context, headers, origin }) => {
    const deps = depsOf(context, origin)
    await limited(context, headers)
    return { expiresAt: await (await rules()).completeUpload(deps, body, body.etags) }
  })

  serve(app, ROUTES.fetchMedia, async ({ body, context, headers, origin }) => {
    const deps = depsOf(context, origin)
    await allow(context, 'mediaFetchesPerAddress', await addressKey(context, headers))
    return (await rules()).fetchUrl(deps, body.object)
  })

  serve(app, ROUTES.renewMedia, async ({ body, context, headers, origin }) => {
    const deps = depsOf(context, origin)
    await limited(context, headers)
    const { object, tokens } = body
    const name = mediaName(object)
    const expiresAt = await (await rules()).renew(deps, object, (bytes) => redeem(context, tokens, name, bytes))
    return { expiresAt }
  })

  serve(app, ROUTES.deleteMedia, async ({ body, context, headers, origin }) => {
    const deps = depsOf(context, origin)
    await limited(context, headers)
    await (await rules()).endMedia(deps, body)
    return {}
  })
}
