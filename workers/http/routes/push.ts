/** Where devices are woken (SPEC, section on pushes). */

import type { Hono } from 'hono'
import { ROUTES } from '#protocol/http/routes.ts'
import { isPushService } from '../../push/address.ts'
import { allow } from '../allow.ts'
import { Failure } from '../failure.ts'
import { type HonoEnv, ask, serve, valueOf } from '../serve.ts'
import { callerOf, deviceOf } from './caller.ts'

export function servePush(app: Hono<HonoEnv>): void {
  serve(app, ROUTES.subscribePush, async ({ body: { target }, context, holder }) => {
    const { push } = context.config
    await allow(context, 'pushTargetsPerDevice', deviceOf(holder))
    valueOf(await ask(context.relay(holder.account).authorise(callerOf(context, holder))))
    const isOffered =
      target.kind === 'web'
        ? push.vapid !== undefined && isPushService(target.endpoint, push.vapid.hosts)
        : push[target.kind] !== undefined
    if (!isOffered) throw new Failure('pushNotOffered')
    valueOf(await ask(context.relay(holder.account).setPushTarget({ ...callerOf(context, holder), target })))
    return {}
  })

  serve(app, ROUTES.unsubscribePush, async ({ context, holder }) => {
    await allow(context, 'pushTargetsPerDevice', deviceOf(holder))
    valueOf(await ask(context.relay(holder.account).removePushTarget(callerOf(context, holder))))
    return {}
  })
}
