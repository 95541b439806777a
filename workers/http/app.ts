/** The edge's HTTP application: one pass of context, headers, log and errors around the routes. */

import { type Context, Hono } from 'hono'
import { cors } from 'hono/cors'
import { DatabaseUnavailableError } from '#db/errors.ts'
import { errorFields, log } from '#durable-objects/log.ts'
import type { Route } from '#protocol/http/route.ts'
import { ROUTES } from '#protocol/http/routes.ts'
import { SOCKET_PATH } from '#protocol/http/socket-path.ts'
import { ConfigurationError } from '../config.ts'
import type { Env } from '../env.ts'
import { contextFor, correlationIdOf } from './context.ts'
import { Failure, failureResponse } from './failure.ts'
import { setSecurityHeaders } from './headers.ts'
import { isAllowedOrigin } from './origins.ts'
import { serveAccounts } from './routes/accounts.ts'
import { serveAuth } from './routes/auth.ts'
import { serveClient } from './routes/client.ts'
import { serveDeliveries } from './routes/deliveries.ts'
import { serveDevices } from './routes/devices.ts'
import { serveGroups } from './routes/groups.ts'
import { serveHealth } from './routes/health.ts'
import { KEY_LOG_PATH, serveKeyLog } from './routes/key-log.ts'
import { serveKeyPackages } from './routes/key-packages.ts'
import { serveMedia } from './routes/media.ts'
import { OPERATOR_PATHS, serveOperator } from './routes/operator.ts'
import { servePush } from './routes/push.ts'
import { servePages } from './routes/pages.ts'
import { serveSocket } from './routes/socket.ts'
import type { HonoEnv } from './serve.ts'

/** Where a client's own trace id would tell which of its requests belong together. */
const ANONYMOUS_PATHS: ReadonlySet<string> = new Set(
  Object.values<Route>(ROUTES).flatMap(({ path, anonymous }) => (anonymous === true ? [path] : [])),
)

const KNOWN_PATHS: ReadonlySet<string> = new Set([...Object.values(ROUTES).map(({ path }) => path), SOCKET_PATH])

function routes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>()
  app.use(
    '/v1/*',
    cors({
      origin: (origin, c) =>
        isAllowedOrigin(origin, c.req.raw.url, (c as Context<HonoEnv>).env.context.config) ? origin : null,
      allowHeaders: ['authorization', 'content-type', 'traceparent'],
      allowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
      exposeHeaders: ['x-correlation-id', 'retry-after'],
      maxAge: 7_200,
    }),
  )
  serveHealth(app)
  serveAccounts(app)
  serveAuth(app)
  serveDevices(app)
  serveDeliveries(app)
  serveKeyLog(app)
  serveKeyPackages(app)
  serveGroups(app)
  serveMedia(app)
  servePush(app)
  serveOperator(app)
  serveSocket(app)
  servePages(app)
  serveClient(app)
  app.notFound((c) => {
    throw new Failure(KNOWN_PATHS.has(new URL(c.req.raw.url).pathname) ? 'methodNotAllowed' : 'notFound')
  })
  app.onError((error, c) => {
    const { correlationId } = c.env.context
    return failureResponse(failureOf(error, correlationId), correlationId)
  })
  return app
}

const app = routes()

/** Our failure for whatever was thrown; what nobody expected is logged, by class and place. */
function failureOf(error: unknown, correlationId: string): Failure {
  if (error instanceof DatabaseUnavailableError) return new Failure('databaseUnavailable')
  if (error instanceof Failure) {
    if (error.cause !== undefined) log('warn', 'relay.failed', { correlationId, ...errorFields(error.cause) })
    return error
  }
  log('error', 'request.failed', { correlationId, ...errorFields(error) })
  return new Failure('internal')
}

/** Answers one request. Never throws. */
export async function handle(request: Request, env: Env): Promise<Response> {
  const startedAt = Date.now()
  const path = new URL(request.url).pathname
  const correlationId = correlationIdOf(ANONYMOUS_PATHS.has(path) ? undefined : request.headers.get('traceparent'))
  const answer = await respond(request, env, correlationId, startedAt)
  // A socket's answer cannot be copied, and its headers mean nothing to a browser.
  const response = answer.webSocket ? answer : new Response(answer.body, answer)
  if (!answer.webSocket) {
    setSecurityHeaders(response.headers)
    response.headers.set('x-correlation-id', correlationId)
  }
  log('info', 'request', {
    correlationId,
    method: request.method,
    // Unknown paths are a client's own text: they do not get into the log.
    route:
      KNOWN_PATHS.has(path) ||
      ['/live', '/ready', '/health', '/', '/docs', '/openapi.json', ...OPERATOR_PATHS].includes(path)
        ? path
        : path.startsWith(KEY_LOG_PATH)
          ? KEY_LOG_PATH
          : 'other',
    status: response.status,
    ms: Date.now() - startedAt,
  })
  return response
}

async function respond(request: Request, env: Env, correlationId: string, now: number): Promise<Response> {
  try {
    const context = contextFor(env, correlationId, now)
    return await app.fetch(request, { context })
  } catch (error) {
    if (error instanceof ConfigurationError) {
      log('error', 'configuration.invalid', { correlationId, code: error.variables.join(' ') })
    }
    return failureResponse(failureOf(error, correlationId), correlationId)
  }
}
