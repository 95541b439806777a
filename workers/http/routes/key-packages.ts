import type { Hono } from 'hono'
import { ROUTES } from '#protocol/http/routes.ts'
import { allow } from '../allow.ts'
import { type HonoEnv, ask, serve, valueOf } from '../serve.ts'
import { callerOf, deviceOf } from './caller.ts'

export function serveKeyPackages(app: Hono<HonoEnv>): void {
  serve(app, ROUTES.uploadKeyPackages, async ({ body, context, holder }) => {
    await allow(context, 'ownKeysPerDevice', deviceOf(holder))
    return valueOf(
      await ask(context.relay(holder.account).uploadKeyPackages({ ...callerOf(context, holder), upload: body })),
    )
  })

  serve(app, ROUTES.keyPackageStatus, async ({ context, holder }) => {
    await allow(context, 'ownKeysPerDevice', deviceOf(holder))
    return { suites: valueOf(await ask(context.relay(holder.account).keyPackageStatus(callerOf(context, holder)))) }
  })

  serve(app, ROUTES.fetchKeyPackages, async ({ body, context, holder }) => {
    valueOf(await ask(context.relay(holder.account).authorise(callerOf(context, holder))))
    await allow(context, 'keyPackagesPerAccount', holder.account)
    const { account, suite, devices } = body
    const { correlationId } = context
    const requester = { account: holder.account, device: holder.device }
    return valueOf(await ask(context.relay(account).keyPackages({ account, correlationId, requester, suite, devices })))
  })
}
