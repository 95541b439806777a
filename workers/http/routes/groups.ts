import type { Hono } from 'hono'
import type { MemberCall } from '#durable-objects/group/rpc.ts'
import type { EdgeRate } from '#durable-objects/rates/table.ts'
import { ROUTES } from '#protocol/http/routes.ts'
import type { TokenHolder } from '../../auth/tokens.ts'
import { addressKey, allow, allowBehind } from '../allow.ts'
import type { RequestContext } from '../context.ts'
import { type HonoEnv, ask, serve, valueOf } from '../serve.ts'
import { callerOf } from './caller.ts'

interface MemberRequest {
  readonly body: { readonly group: string }
  readonly context: RequestContext
  readonly holder: TokenHolder
}

/**
 * A call to a group in the name of the token's device. Only the device's own relay knows whether it may still act: a group
 * hears of a device that was removed from its account by a commit, and that comes later.
 */
async function asMember(request: MemberRequest, rate: EdgeRate): Promise<MemberCall> {
  const { body, context, holder } = request
  const { account, device } = holder
  valueOf(await ask(context.relay(account).authorise(callerOf(context, holder))))
  await allow(context, rate, account)
  return { group: body.group, correlationId: context.correlationId, by: { account, device } }
}

export function serveGroups(app: Hono<HonoEnv>): void {
  serve(app, ROUTES.createGroup, async (request) => {
    const call = await asMember(request, 'groupsPerAccount')
    const { suite, sendKey, policy } = request.body
    return valueOf(await ask(request.context.group(call.group).create({ ...call, suite, sendKey, policy })))
  })

  serve(app, ROUTES.commitToGroup, async (request) => {
    const call = await asMember(request, 'groupChangesPerAccount')
    const { group, ...commit } = request.body
    return valueOf(await ask(request.context.group(group).commit({ ...call, commit })))
  })

  // No token, and so no account: a member proves that it is one, and not which (SPEC, T-6).
  serve(app, ROUTES.sendToGroup, async ({ body, context, headers }) => {
    allowBehind(context, 'groupSendsPerAddress', await addressKey(context, headers), body.messages.length)
    const { group, messages } = body
    return valueOf(await ask(context.group(group).send({ group, correlationId: context.correlationId, messages })))
  })

  serve(app, ROUTES.fetchGroup, async (request) => {
    const call = await asMember(request, 'groupPagesPerAccount')
    const { group, after, limit } = request.body
    return valueOf(await ask(request.context.group(group).fetchEntries({ ...call, after, limit })))
  })

  serve(app, ROUTES.leaveGroup, async (request) => {
    const call = await asMember(request, 'groupChangesPerAccount')
    valueOf(await ask(request.context.group(call.group).leave(call)))
    return {}
  })

  serve(app, ROUTES.openGroupLink, async (request) => {
    const call = await asMember(request, 'groupLinksPerAccount')
    const { group, link } = request.body
    return valueOf(await ask(request.context.group(group).openLink({ ...call, link })))
  })

  serve(app, ROUTES.offerRejoin, async (request) => {
    const call = await asMember(request, 'groupChangesPerAccount')
    const { group, ...offer } = request.body
    valueOf(await ask(request.context.group(group).offerRejoin({ ...call, offer })))
    return {}
  })
}
