/** What whoever operates the deployment may ask of it, by a secret of its own: scheduled tasks, now. Where there is no such secret, there is nothing here. */

import type { Hono } from 'hono'
import * as v from 'valibot'
import { sha256 } from '@noble/hashes/sha2.js'
import { equalBytes, utf8 } from '#protocol/bytes.ts'
import { addressKey, allow, noteFailure } from '../allow.ts'
import { Failure } from '../failure.ts'
import type { HonoEnv } from '../serve.ts'

export const OPERATOR_TASKS_PATH = '/operator/tasks'

const Body = v.strictObject({ tasks: v.optional(v.array(v.string())) })

export function serveOperator(app: Hono<HonoEnv>): void {
  app.post(OPERATOR_TASKS_PATH, async (c) => {
    const { context } = c.env
    const secret = context.env.OPERATOR_SECRET
    if (!secret) throw new Failure('notFound')
    await allow(context, 'operatorCallsPerAddress', await addressKey(context, c.req.raw.headers))
    const given = /^Bearer ([^\s]+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
    // Of hashes, so that the time that it takes tells nothing of the secret.
    if (!equalBytes(sha256(utf8(given)), sha256(utf8(secret)))) {
      await noteFailure(context, c.req.raw.headers, undefined, 'tokenInvalid')
      throw new Failure('tokenInvalid')
    }
    const { TASK_NAMES } = await import('../../scheduler/tasks.ts')
    const parsed = v.safeParse(Body, await c.req.raw.json().catch(() => undefined))
    if (!parsed.success) throw new Failure('malformed')
    const names = parsed.output.tasks ?? TASK_NAMES
    const known = TASK_NAMES.filter((name) => names.includes(name))
    if (known.length !== new Set(names).size) throw new Failure('malformed', { detail: 'tasks' })
    const { runScheduled } = await import('../../scheduler/run.ts')
    return c.json({ runs: await runScheduled(context.env, known) })
  })
}
