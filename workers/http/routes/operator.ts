/** What whoever operates the deployment may ask of it, by a secret of its own: scheduled tasks, now; and how it fares. Where there is no such secret, there is nothing here. */

import type { Hono } from 'hono'
import * as v from 'valibot'
import { Failure } from '../failure.ts'
import { operatorOnly } from '../operator-only.ts'
import type { HonoEnv } from '../serve.ts'

export const OPERATOR_TASKS_PATH = '/operator/tasks'
export const METRICS_PATH = '/metrics'

const Body = v.strictObject({ tasks: v.optional(v.array(v.string())) })

export function serveOperator(app: Hono<HonoEnv>): void {
  app.post(OPERATOR_TASKS_PATH, async (c) => {
    const { context } = c.env
    await operatorOnly(context, c.req.raw.headers)
    const { TASK_NAMES } = await import('../../scheduler/tasks.ts')
    const parsed = v.safeParse(Body, await c.req.raw.json().catch(() => undefined))
    if (!parsed.success) throw new Failure('malformed')
    const names = parsed.output.tasks ?? TASK_NAMES
    const known = TASK_NAMES.filter((name) => names.includes(name))
    if (known.length !== new Set(names).size) throw new Failure('malformed', { detail: 'tasks' })
    const { runScheduled } = await import('../../scheduler/run.ts')
    return c.json({ runs: await runScheduled(context.env, known) })
  })

  app.get(METRICS_PATH, async (c) => {
    const { context } = c.env
    await operatorOnly(context, c.req.raw.headers)
    const [{ collect }, { CONTENT_TYPE, render }] = await Promise.all([
      import('../../metrics/collect.ts'),
      import('../../metrics/render.ts'),
    ])
    return c.body(render(await collect(context)), 200, { 'content-type': CONTENT_TYPE, 'cache-control': 'no-store' })
  })
}
