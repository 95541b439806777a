/** The Durable Object of one account: connects the rules to workerd's sockets, storage, alarms and calls. */

import { DurableObject } from 'cloudflare:workers'
import { type Database, openDatabase } from '#db/client.ts'
import { DatabaseUnavailableError } from '#db/errors.ts'
import { CLOSE_CODES, ERRORS, type ErrorCode, actionFor } from '#protocol/errors.ts'
import { parseUpFrame } from '#protocol/frames/up.ts'
import type { OutgoingMessage } from '#protocol/frames/send.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { PrekeyBundle, PrekeyStatus, PrekeyUpload } from '#protocol/prekeys.ts'
import type { SignedDeviceList } from '#protocol/device-list.ts'
import { PING, PONG, SOCKET_SUBPROTOCOL } from '#protocol/version.ts'
import type { ObjectEnv } from '../env.ts'
import { errorFields, log } from '../log.ts'
import { isEmpty, migrate } from '../migrations.ts'
import { sqlOf } from '../sql-storage.ts'
import { AlarmClock } from './alarm-clock.ts'
import { Archive } from './archive.ts'
import type { DepositOutcome } from './deposit.ts'
import type * as Drain from './drain.ts'
import { createAccount } from './registration.ts'
import { Relay, type Result } from './relay.ts'
import {
  ACCOUNT_HEADER,
  type Call,
  CORRELATION_HEADER,
  type CreateCall,
  type DepositCall,
  type DeviceCall,
  type DeviceListCall,
  type PrekeyCall,
  TICKET_HEADER,
  type UserRelayCalls,
} from './rpc.ts'
import { MIGRATIONS } from './schema.ts'
import { Sockets } from './sockets.ts'
import { relayOf } from './stub.ts'
import { Switchboard } from './switchboard.ts'

/** How long an account that does not exist is not looked for again. */
const UNKNOWN_FOR = 60_000
const DEFAULT_PERSIST_AFTER_S = 30

export class UserRelay extends DurableObject<ObjectEnv> implements UserRelayCalls {
  readonly #sql = sqlOf(this.ctx.storage)
  readonly #sockets = new Sockets()
  readonly #clock = new AlarmClock(this.ctx.storage)
  readonly #switchboard = new Switchboard((call) => relayOf(this.env.USER_RELAY, call.account).deposit(call))
  /** `undefined` until the account is registered here, or restored. */
  #relay: Relay | undefined
  #archive: Archive | undefined
  #restoring: Promise<boolean> | undefined
  #unknownUntil = 0

  constructor(ctx: DurableObjectState, env: ObjectEnv) {
    super(ctx, env)
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG))
    void ctx.blockConcurrencyWhile(async () => {
      await this.#clock.load()
      if (isEmpty(this.#sql)) return
      migrate(this.#sql, MIGRATIONS)
      this.#open()
    })
  }

  /** Registers the account. Harmless to repeat with the same device list. */
  async create(call: CreateCall): Promise<Result<true>> {
    // Of an account that the database had before, it may have a newer list: then that one is brought back.
    const known = call.isNew ? this.#relay : await this.#find(call.account)
    const created = createAccount(this.#sql, known, call, Date.now())
    if (created.ok && !known) this.#open()
    return created
  }

  /** What the edge needs to check a login. */
  async loginKey(call: Call & { device: number }): Promise<Result<{ deviceKey: string; tokenEpoch: number }>> {
    const relay = await this.#find(call.account)
    const device = relay?.account.device(call.device)
    const tokenEpoch = relay?.account.tokenEpoch(call.device)
    if (!device || tokenEpoch === undefined) return { ok: false, code: 'unknownDevice' }
    return { ok: true, value: { deviceKey: device.deviceKey, tokenEpoch } }
  }

  async issueTicket(call: DeviceCall): Promise<Result<{ secret: string; expiresAt: number }>> {
    return this.#asDevice(call, (relay) => relay.issueTicket(call.caller, Date.now()))
  }

  async revokeTokens(call: DeviceCall): Promise<Result<true>> {
    return this.#asDevice(call, (relay) => {
      relay.revokeTokens(call.caller.device, Date.now())
      return { ok: true, value: true }
    })
  }

  /** Whether the caller may still act for its device. */
  async authorise(call: DeviceCall): Promise<Result<true>> {
    return this.#asDevice(call, () => ({ ok: true, value: true }))
  }

  async updateDeviceList(call: DeviceListCall): Promise<Result<number>> {
    return this.#asDevice(call, (relay) => {
      const updated = relay.updateDeviceList(call.deviceList, call.prekeys, Date.now())
      if (updated.ok) this.#clock.ringBy(Date.now())
      return updated
    })
  }

  async uploadPrekeys(call: DeviceCall & { upload: PrekeyUpload }): Promise<Result<PrekeyStatus>> {
    return this.#asDevice(call, (relay) => relay.uploadPrekeys(call.caller.device, call.upload))
  }

  async prekeyStatus(call: DeviceCall): Promise<Result<PrekeyStatus>> {
    return this.#asDevice(call, (relay) => ({ ok: true, value: relay.prekeys.status(call.caller.device) }))
  }

  async deviceList(call: Call): Promise<Result<SignedDeviceList>> {
    const relay = await this.#find(call.account)
    return relay ? { ok: true, value: relay.account.signedList } : { ok: false, code: 'unknownRecipient' }
  }

  async prekeyBundles(call: PrekeyCall): Promise<Result<{ deviceList: SignedDeviceList; bundles: PrekeyBundle[] }>> {
    const relay = await this.#find(call.account)
    if (!relay) return { ok: false, code: 'unknownRecipient' }
    return { ok: true, value: relay.bundles(call.requester, call.devices, Date.now()) }
  }

  /** Takes messages from another account's object. Answers leave when they are durable. */
  async deposit(call: DepositCall): Promise<readonly DepositOutcome[]> {
    const relay = this.#relay ?? (await this.#find(call.account))
    if (!relay) {
      return call.messages.map(({ messageId }) => ({ kind: 'rejected', messageId, code: 'unknownRecipient' }))
    }
    return this.#deposit(relay, call.from, call.messages)
  }

  /** Opens a socket. The edge has checked the origin and taken the ticket out of the subprotocols. */
  override async fetch(request: Request): Promise<Response> {
    const relay = await this.#find(request.headers.get(ACCOUNT_HEADER) ?? '')
    const holder = relay?.redeemTicket(request.headers.get(TICKET_HEADER) ?? '', Date.now())
    const { 0: client, 1: server } = new WebSocketPair()
    if (!relay || !holder?.ok) {
      // A browser cannot read the answer to a failed upgrade: so the socket opens, says why, and closes.
      refuseSocket(server, holder?.ok === false ? holder.code : 'ticketInvalid')
    } else {
      this.ctx.acceptWebSocket(server)
      relay.attach(this.#sockets.open(server, holder.value, relay.inboxes))
      log('debug', 'socket.open', { correlationId: request.headers.get(CORRELATION_HEADER) ?? undefined })
    }
    return new Response(null, {
      status: 101,
      webSocket: client,
      headers: { 'sec-websocket-protocol': SOCKET_SUBPROTOCOL },
    })
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    const session = this.#sockets.session(socket)
    const relay = this.#relay
    if (!session || !relay) return socket.close(CLOSE_CODES.retry, 'internal')
    if (session.ended || relay.session(session.device) !== session) return
    const now = Date.now()
    if (session.takeFrame(now) !== undefined) return session.end('rateLimited')
    const parsed = parseUpFrame(data)
    if (!parsed.ok) return session.refuse(parsed.code, parsed.detail)
    const { frame } = parsed
    if (frame.type === 'hello') return relay.hello(session, frame, now)
    if (!session.greeted) return session.refuse('helloExpected')
    if (frame.type === 'ack') {
      relay.acknowledge(session, frame)
      if (this.#archive?.hasCopies(session.device)) this.#clock.ringBy(this.#archive.dueFor(now))
      return
    }
    const from = { account: relay.account.id, device: session.device }
    const routed = this.#switchboard.route(from, session, frame, (own) => this.#deposit(relay, from, own))
    // Not awaited: the runtime hands the next frame over when this handler is done, and it is to join the next call.
    this.ctx.waitUntil(routed)
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    this.#dropSocket(socket)
    // 1005 and 1006 say that there was no code; they may not be sent (RFC 6455 section 7.4.1).
    if (socket.readyState !== WebSocket.CLOSED) socket.close(code === 1005 || code === 1006 ? 1000 : code, reason)
  }

  override webSocketError(socket: WebSocket): void {
    this.#dropSocket(socket)
  }

  override async alarm(): Promise<void> {
    this.#clock.rang()
    const relay = this.#relay
    const archive = this.#archive
    if (!relay || !archive) return
    const now = Date.now()
    relay.expire(now)
    try {
      const { drain } = await lazyDrain()
      await drain(archive, relay.account, this.#database(), now)
    } catch (error) {
      const retryAt = archive.failed(now, Math.random())
      log('warn', 'drain.failed', { ...errorFields(error), retryInMs: retryAt - now })
    }
    const next = relay.nextDue(archive, Date.now())
    if (next !== undefined) this.#clock.ringBy(next)
  }

  #open(): void {
    if (this.#sql.exec('SELECT id FROM account').length === 0) return
    const relay = new Relay(this.#sql)
    const persistAfter = Number(this.env.PERSIST_AFTER_S ?? DEFAULT_PERSIST_AFTER_S) * 1_000
    this.#archive = new Archive(this.#sql, relay.account, relay.inboxes, persistAfter)
    for (const socket of this.ctx.getWebSockets()) {
      const session = this.#sockets.resume(socket, relay.inboxes)
      if (session) relay.attach(session)
    }
    this.#relay = relay
  }

  /** The account's relay; brought back from Postgres when the object has none. Rejects when Postgres cannot be asked. */
  async #find(account: string): Promise<Relay | undefined> {
    if (this.#relay) return this.#relay
    if (Date.now() < this.#unknownUntil) return undefined
    this.#restoring ??= this.#restore(account).finally(() => {
      this.#restoring = undefined
    })
    if (!(await this.#restoring)) {
      this.#unknownUntil = Date.now() + UNKNOWN_FOR
      return undefined
    }
    if (!this.#relay) {
      this.#open()
      log('warn', 'relay.restored')
    }
    this.#clock.ringBy(Date.now())
    return this.#relay
  }

  async #restore(account: string): Promise<boolean> {
    const { restore } = await lazyDrain()
    return restore(this.#sql, this.#database(), account, Date.now())
  }

  async #asDevice<T>(call: DeviceCall, act: (relay: Relay) => Result<T>): Promise<Result<T>> {
    let relay: Relay | undefined
    try {
      relay = await this.#find(call.account)
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) return { ok: false, code: 'databaseUnavailable' }
      throw error
    }
    const refusal = relay ? relay.account.refuse(call.caller) : 'tokenRevoked'
    if (!relay || refusal) return { ok: false, code: refusal ?? 'tokenRevoked' }
    return act(relay)
  }

  #deposit(relay: Relay, from: DeviceAddress, messages: readonly OutgoingMessage[]): readonly DepositOutcome[] {
    const now = Date.now()
    const outcomes = relay.deposit(from, messages, now)
    if (this.#archive) this.#clock.ringBy(this.#archive.dueFor(now))
    return outcomes
  }

  #dropSocket(socket: WebSocket): void {
    const session = this.#sockets.session(socket)
    this.#sockets.forget(socket)
    if (session) this.#relay?.detach(session)
  }

  #database(): Database {
    return openDatabase({ url: this.env.DATABASE_URL, fetchEndpoint: this.env.DATABASE_HTTP_ENDPOINT })
  }
}

/** With the query builder behind it, a third of what the isolate would have to evaluate before its first message. */
function lazyDrain(): Promise<typeof Drain> {
  return import('./drain.ts')
}

function refuseSocket(server: WebSocket, code: ErrorCode): void {
  server.accept()
  server.send(JSON.stringify({ type: 'error', code, message: ERRORS[code] }))
  server.close(CLOSE_CODES[actionFor(code)], code)
}
