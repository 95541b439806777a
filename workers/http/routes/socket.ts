import type { Hono } from 'hono'
import * as v from 'valibot'
import { refusedSocket } from '#durable-objects/user/refused-socket.ts'
import { ACCOUNT_HEADER, CORRELATION_HEADER, REFUSED_HEADER, TICKET_HEADER } from '#durable-objects/user/rpc.ts'
import { SOCKET_PATH } from '#protocol/http/socket-path.ts'
import { AccountId, bytesOf } from '#protocol/primitives.ts'
import { SOCKET_SUBPROTOCOL, TICKET_SUBPROTOCOL_PREFIX } from '#protocol/version.ts'
import { noteAddress } from '../../watch.ts'
import { addressKey, taken } from '../allow.ts'
import { Failure } from '../failure.ts'
import { isAllowedOrigin } from '../origins.ts'
import { type HonoEnv, ask } from '../serve.ts'

const Ticket = v.tuple([AccountId, bytesOf(32)])

/** Opens a socket: checks origin and version here, and hands the ticket to the account's object, which knows whether it is good. */
export function serveSocket(app: Hono<HonoEnv>): void {
  app.get(SOCKET_PATH, async (c) => {
    const { context } = c.env
    const { config, correlationId, relay } = context
    const { headers, url } = c.req.raw
    if (headers.get('upgrade')?.toLowerCase() !== 'websocket') throw new Failure('upgradeRequired')
    // Browsers always send it (RFC 6455 section 4.1) and other clients need not: they are not what the check is against.
    const origin = headers.get('origin')
    if (origin !== null && !isAllowedOrigin(origin, url, config)) throw new Failure('originNotAllowed')
    const offered = (headers.get('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim())
    if (!offered.includes(SOCKET_SUBPROTOCOL)) throw new Failure('unsupportedVersion')
    const ticket = offered.find((name) => name.startsWith(TICKET_SUBPROTOCOL_PREFIX))
    const parsed = v.safeParse(Ticket, ticket?.slice(TICKET_SUBPROTOCOL_PREFIX.length).split('.'))
    if (!parsed.success) throw new Failure('ticketInvalid')
    const [account, secret] = parsed.output
    const address = await addressKey(context, headers)
    const opened = await taken(context, 'socketsPerAddress', address)
    if (!opened.allowed) return refusedSocket('rateLimited', opened.retryAfterMs)
    const request = new Request(url, {
      headers: {
        upgrade: 'websocket',
        [ACCOUNT_HEADER]: account,
        [TICKET_HEADER]: secret,
        [CORRELATION_HEADER]: correlationId,
      },
    })
    const response = await ask(relay(account).fetch(request))
    if (response.headers.get(REFUSED_HEADER) === 'ticketInvalid') noteAddress(context, address, 'tokenMisuse')
    return response
  })
}
