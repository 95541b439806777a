import type { Hono } from 'hono'
import { ROUTES } from '#protocol/http/routes.ts'
import { allow } from '../allow.ts'
import { type HonoEnv, ask, serve, valueOf } from '../serve.ts'
import { callerOf, deviceOf } from './caller.ts'

export function serveDevices(app: Hono<HonoEnv>): void {
  serve(app, ROUTES.updateDeviceList, async ({ body, context, holder }) => {
    await allow(context, 'deviceListsPerDevice', deviceOf(holder))
    const call = { ...callerOf(context, holder), deviceList: body.deviceList, prekeys: body.prekeys ?? [] }
    return { version: valueOf(await ask(context.relay(holder.account).updateDeviceList(call))) }
  })

  serve(app, ROUTES.fetchDeviceList, async ({ body, context, holder }) => {
    valueOf(await ask(context.relay(holder.account).authorise(callerOf(context, holder))))
    await allow(context, 'bundlesPerAccount', holder.account)
    const { correlationId } = context
    return {
      deviceList: valueOf(await ask(context.relay(body.account).deviceList({ account: body.account, correlationId }))),
    }
  })

  serve(app, ROUTES.uploadPrekeys, async ({ body, context, holder }) => {
    await allow(context, 'ownKeysPerDevice', deviceOf(holder))
    return valueOf(
      await ask(context.relay(holder.account).uploadPrekeys({ ...callerOf(context, holder), upload: body })),
    )
  })

  serve(app, ROUTES.prekeyStatus, async ({ context, holder }) => {
    await allow(context, 'ownKeysPerDevice', deviceOf(holder))
    return valueOf(await ask(context.relay(holder.account).prekeyStatus(callerOf(context, holder))))
  })

  serve(app, ROUTES.fetchPrekeys, async ({ body, context, holder }) => {
    valueOf(await ask(context.relay(holder.account).authorise(callerOf(context, holder))))
    await allow(context, 'bundlesPerAccount', holder.account)
    const { account, devices } = body
    const requester = { account: holder.account, device: holder.device }
    const { correlationId } = context
    return valueOf(await ask(context.relay(account).prekeyBundles({ account, correlationId, requester, devices })))
  })
}
