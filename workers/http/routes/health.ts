/** Whether it runs, whether it can work, and what it is. */

import type { Hono } from 'hono'
import { errorFields, log } from '#durable-objects/log.ts'
import { PROTOCOL_VERSION } from '#protocol/version.ts'
import { addressKey, allow } from '../allow.ts'
import type { RequestContext } from '../context.ts'
import { sealLater } from '../seal-later.ts'
import type { HonoEnv } from '../serve.ts'

/** An object of its own, so that asking costs no user anything. */
const PROBE = 'health-probe'

type Check = 'ok' | 'failing'

async function check(context: RequestContext, name: string, attempt: () => Promise<unknown>): Promise<Check> {
  try {
    await attempt()
    return 'ok'
  } catch (error) {
    log('warn', `ready.${name}.failed`, { correlationId: context.correlationId, ...errorFields(error) })
    return 'failing'
  }
}

export function serveHealth(app: Hono<HonoEnv>): void {
  // The process answers. Nothing else is asked: a database that is down must not restart what still relays messages.
  app.get('/live', (c) => c.json({ status: 'ok' }))

  app.get('/ready', async (c) => {
    const context = c.env.context
    const { database, env, now, shared } = context
    await allow(context, 'readinessPerAddress', await addressKey(context, c.req.raw.headers))
    const [databaseCheck, objects, r2, sharedState] = await Promise.all([
      check(context, 'database', async () => (await import('#db/queries/health.ts')).ping(database)),
      check(context, 'objects', () => env.SHARED_STATE.get(env.SHARED_STATE.idFromName(PROBE)).claim(PROBE, 1, now)),
      check(context, 'r2', () => env.MEDIA.head(PROBE)),
      check(context, 'sharedState', () => shared.claim(`${PROBE}:${context.correlationId}`, 1_000, now)),
    ])
    if (databaseCheck === 'ok') sealLater(context)
    const checks = { database: databaseCheck, objects, r2, sharedState }
    const ready = Object.values(checks).every((result) => result === 'ok')
    return c.json({ status: ready ? 'ok' : 'failing', checks }, ready ? 200 : 503)
  })

  app.get('/health', (c) => {
    const { config, now, env } = c.env.context
    return c.json({
      status: 'ok',
      protocolVersion: PROTOCOL_VERSION,
      registration: config.registration,
      sharedState: env.UPSTASH_REDIS_REST_URL ? 'upstash' : 'embedded',
      now,
    })
  })
}
