/**
 * What whoever operates the deployment may ask of it, by a secret of its own: scheduled tasks, now; that what the watch put upon somebody ends; and
 * how it fares. Where there is no such secret, there is nothing here.
 */

import type { Hono } from 'hono'
import * as v from 'valibot'
import { accountSubject, addressSubject } from '#durable-objects/watch/subject.ts'
import { AccountId } from '#protocol/primitives.ts'
import { forgetVerdict } from '../../watch.ts'
import { keyOfAddress } from '../allow.ts'
import type { RequestContext } from '../context.ts'
import { Failure } from '../failure.ts'
import { operatorOnly } from '../operator-only.ts'
import type { HonoEnv } from '../serve.ts'

const TASKS_PATH = '/operator/tasks'
const LIFTS_PATH = '/operator/lifts'
const METRICS_PATH = '/metrics'
export const OPERATOR_PATHS: readonly string[] = [TASKS_PATH, LIFTS_PATH, METRICS_PATH]

const Tasks = v.strictObject({ tasks: v.optional(v.array(v.string())) })

/** Of whom a restriction is lifted. An alert names an address by `subject`; which account a subject is, nobody can compute backwards. */
const Lift = v.union([
  v.strictObject({ account: AccountId }),
  v.strictObject({ address: v.union([v.pipe(v.string(), v.ipv4()), v.pipe(v.string(), v.ipv6())]) }),
  v.strictObject({ subject: v.pipe(v.string(), v.regex(/^n\.[\w-]{16}$/)) }),
])

async function bodyOf<T extends v.GenericSchema>(request: Request, schema: T): Promise<v.InferOutput<T>> {
  const parsed = v.safeParse(schema, await request.json().catch(() => undefined))
  if (!parsed.success) throw new Failure('malformed')
  return parsed.output
}

async function lift(context: RequestContext, whose: v.InferOutput<typeof Lift>) {
  const { config, correlationId, relay, watch } = context
  const subject =
    'account' in whose
      ? accountSubject(config.tokenSecret, whose.account)
      : 'subject' in whose
        ? whose.subject
        : addressSubject(await keyOfAddress(context, whose.address))
  const lifted = await watch(subject).lift({ subject, correlationId })
  // The watch first: what is noticed in between is judged without what was before. An account's own object is told in any case.
  if ('account' in whose) await relay(whose.account).liftRestriction({ account: whose.account, correlationId })
  else forgetVerdict(subject.slice('n.'.length))
  return { subject, lifted }
}

export function serveOperator(app: Hono<HonoEnv>): void {
  app.post(TASKS_PATH, async (c) => {
    const { context } = c.env
    await operatorOnly(context, c.req.raw.headers)
    const { TASK_NAMES } = await import('../../scheduler/tasks.ts')
    const { tasks: names = TASK_NAMES } = await bodyOf(c.req.raw, Tasks)
    const known = TASK_NAMES.filter((name) => names.includes(name))
    if (known.length !== new Set(names).size) throw new Failure('malformed', { detail: 'tasks' })
    const { runScheduled } = await import('../../scheduler/run.ts')
    return c.json({ runs: await runScheduled(context.env, known) })
  })

  app.post(LIFTS_PATH, async (c) => {
    const { context } = c.env
    await operatorOnly(context, c.req.raw.headers)
    return c.json(await lift(context, await bodyOf(c.req.raw, Lift)))
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
