/** Serves one operation of the protocol's route table: reads, parses, authenticates, calls, answers. */

import { waitUntil } from 'cloudflare:workers'
import type { Context, Hono } from 'hono'
import * as v from 'valibot'
import { fromUtf8 } from '#protocol/bytes.ts'
import type { Route } from '#protocol/http/route.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { Result } from '#durable-objects/user/relay.ts'
import { type TokenHolder, readToken } from '../auth/tokens.ts'
import { noteFailure } from './allow.ts'
import type { RequestContext } from './context.ts'
import { Failure } from './failure.ts'

/** What Hono carries for us. */
export interface HonoEnv {
  Bindings: { readonly context: RequestContext }
}

type Body<TRequest> = TRequest extends v.GenericSchema ? v.InferOutput<TRequest> : undefined

/** A handler of one route. `holder` is there when the route is authenticated. */
export type Handler<TRequest extends v.GenericSchema | undefined, TResponse extends v.GenericSchema> = (request: {
  readonly body: Body<TRequest>
  readonly context: RequestContext
  /** The token's holder; reading it on a route without authentication throws. */
  readonly holder: TokenHolder
  readonly headers: Headers
  /** Origin under which the client reached this deployment. */
  readonly origin: string
}) => Promise<v.InferInput<TResponse>>

export function serve<TRequest extends v.GenericSchema | undefined, TResponse extends v.GenericSchema>(
  app: Hono<HonoEnv>,
  route: Route<TRequest, TResponse>,
  handler: Handler<TRequest, TResponse>,
): void {
  app.on(route.method, route.path, async (c) => {
    const context = c.env.context
    // A client that sends its token here would tell what this operation is there to hide: it has to notice.
    if (route.anonymous === true && c.req.header('authorization') !== undefined) {
      throw new Failure('malformed', { detail: 'authorization' })
    }
    const { headers } = c.req.raw
    let holder: TokenHolder | undefined
    try {
      holder = route.authenticated ? await authenticate(c, context) : undefined
      // The schema of `Body` is the one that parses it; TypeScript cannot follow that through the conditional type.
      const body = (
        route.request ? await readBody(c.req.raw, route.request, route.maxBytes) : undefined
      ) as Body<TRequest>
      const answer = await handler({
        body,
        context,
        headers,
        origin: new URL(c.req.raw.url).origin,
        get holder(): TokenHolder {
          if (!holder) throw new Error(`${route.path} is not authenticated`)
          return holder
        },
      })
      return c.json(answer as object)
    } catch (error) {
      if (error instanceof Failure) waitUntil(noteFailure(context, headers, holder?.account, error.code))
      throw error
    }
  })
}

/** The value of an object's answer, or the failure that it names. */
export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Failure(result.code, result)
  return result.value
}

/** A call to an object that did not answer is retryable, and says nothing about why. */
export async function ask<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new RelayCallError(error)
  }
}

/** Keeps the cause for the log. */
export class RelayCallError extends Failure {
  constructor(cause: unknown) {
    super('relayUnavailable')
    this.cause = cause
  }
}

async function authenticate(c: Context<HonoEnv>, { config, now }: RequestContext): Promise<TokenHolder> {
  const token = /^Bearer ([^\s]+)$/.exec(c.req.header('authorization') ?? '')?.[1]
  if (token === undefined) throw new Failure('tokenMissing')
  const read = await readToken(config.tokenSecret, token, now)
  if (!read.ok) throw new Failure(read.code)
  return read.holder
}

async function readBody(
  request: Request,
  schema: v.GenericSchema,
  maxBytes: number = LIMITS.httpBodyBytes,
): Promise<unknown> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw new Failure('unsupportedMediaType')
  const text = await readText(request, maxBytes)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new Failure('notJson')
  }
  const parsed = v.safeParse(schema, json, { abortEarly: true })
  if (!parsed.success) throw new Failure('malformed', { detail: v.getDotPath(parsed.issues[0]) ?? 'body' })
  return parsed.output
}

/** Reads at most `limit` octets, whatever Content-Length says. */
async function readText(request: Request, limit: number): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw new Failure('tooLarge')
  const chunks: Uint8Array[] = []
  let size = 0
  const body: AsyncIterable<Uint8Array> | undefined = request.body ?? undefined
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > limit) throw new Failure('tooLarge')
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  try {
    return fromUtf8(bytes)
  } catch {
    throw new Failure('notJson')
  }
}
