/** The Durable Object of one account: connects the rules to workerd's sockets, storage, alarms and calls. */

import { DurableObject } from 'cloudflare:workers'
import { type Database, openDatabase } from '#db/client.ts'
import { DatabaseUnavailableError } from '#db/errors.ts'
import { toBase64url } from '#protocol/bytes.ts'
import { CLOSE_CODES } from '#protocol/errors.ts'
import type { GroupAck } from '#protocol/frames/group.ts'
import { parseUpFrame } from '#protocol/frames/up.ts'
import type { HandedKeyPackage, KeyPackageStatus, KeyPackageUpload } from '#protocol/groups/key-packages.ts'
import { indexOf } from '#protocol/merkle/index-oprf.ts'
import type { OutgoingMessage } from '#protocol/frames/send.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { PrekeyBundle, PrekeyStatus, PrekeyUpload } from '#protocol/prekeys.ts'
import type { DeliveryKeyUpdate } from '#protocol/sealed/delivery.ts'
import type { TokenRequest } from '#protocol/token-wire.ts'
import type { PushTarget } from '#protocol/push.ts'
import type { SignedDeviceList } from '#protocol/device-list.ts'
import { PING, PONG } from '#protocol/version.ts'
import type { ObjectEnv } from '../env.ts'
import { inTime } from '../group/in-time.ts'
import { groupOf } from '../group/stub.ts'
import { keyLogKeys } from '../key-log/keys.ts'
import { keyLogOf } from '../key-log/stub.ts'
import { errorFields, log } from '../log.ts'
import { countIn } from '../metrics/stub.ts'
import { isEmpty, migrate } from '../migrations.ts'
import { sqlOf } from '../sql-storage.ts'
import { Reporter, restrict } from '../watch/report.ts'
import { watchOf } from '../watch/stub.ts'
import { accountSubject } from '../watch/subject.ts'
import { RATES } from '../rates/table.ts'
import { AlarmClock } from './alarm-clock.ts'
import { Archive } from './archive.ts'
import type { DepositOutcome } from './deposit.ts'
import type { Upkeep } from './device-upkeep.ts'
import type * as Drain from './drain.ts'
import { KeyLogDesk, type OpenedLeaf } from './key-log-desk.ts'
import type { KeptTarget } from './push-desk.ts'
import { refusedSocket, socketResponse } from './refused-socket.ts'
import { createAccount } from './registration.ts'
import { type Acting, Relay, type Result, bad, good } from './relay.ts'
import {
  ACCOUNT_HEADER,
  type Call,
  CORRELATION_HEADER,
  type CreateCall,
  type DepositCall,
  type DeviceCall,
  type DeviceListCall,
  type GroupDeliverCall,
  type GroupPassCall,
  type KeyPackageCall,
  type OpenLeafCall,
  type PrekeyCall,
  type RestrictCall,
  type SealedDepositCall,
  TICKET_HEADER,
  type UserRelayCalls,
} from './rpc.ts'
import { MIGRATIONS } from './schema.ts'
import type { Session } from './session.ts'
import { Sockets, hasRoomForSocket } from './sockets.ts'
import { relayOf } from './stub.ts'
import { Switchboard } from './switchboard.ts'

/** How long a client is to wait for its account's former sockets to go. */
const CROWDED_FOR = 60_000
/** How long an account that does not exist is not looked for again. */
const UNKNOWN_FOR = 60_000
const DEFAULT_PERSIST_AFTER_S = 30
/** How long a request waits for the key log. After it the request is answered, and the alarm tries again. */
const KEY_LOG_WAIT_MS = 2_000
/** How long a lookup does. */
const KEY_LOG_LOOKUP_MS = 10_000

export class UserRelay extends DurableObject<ObjectEnv> implements UserRelayCalls {
  readonly #sql = sqlOf(this.ctx.storage)
  readonly #sockets = new Sockets((code) => this.#noticeEnd(code))
  readonly #clock = new AlarmClock(this.ctx.storage)
  readonly #switchboard = new Switchboard((call) => relayOf(this.env.USER_RELAY, call.account).deposit(call))
  /** `undefined` until the account is registered here, or restored. */
  #relay: Relay | undefined
  #archive: Archive | undefined
  /** `undefined` also where the deployment keeps no log. */
  #keyLog: KeyLogDesk | undefined
  #restoring: Promise<boolean> | undefined
  readonly #reporter = new Reporter()
  #unknownUntil = 0
  /** Runs while connected devices may have left something urgent of a group unread. */
  #unreadTimer: unknown

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
    if (created.ok) await this.#logLists()
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
    return this.#asFreeDevice(call, (relay) => relay.issueTicket(call.caller, Date.now()))
  }

  async revokeTokens(call: DeviceCall): Promise<Result<true>> {
    return this.#asDevice(call, (relay) => {
      relay.revokeTokens(call.caller.device, Date.now(), actingFor(call))
      this.#clock.ringBy(Date.now())
      return { ok: true, value: true }
    })
  }

  /** Whether the caller may still act for its device. */
  async authorise(call: DeviceCall): Promise<Result<true>> {
    return this.#asFreeDevice(call, () => good(true))
  }

  async updateDeviceList(call: DeviceListCall): Promise<Result<number>> {
    const updated = await this.#asDevice(call, (relay) => {
      const result = relay.updateDeviceList(call.deviceList, call.prekeys, Date.now(), actingFor(call))
      if (result.ok) this.#clock.ringBy(Date.now())
      return result
    })
    if (updated.ok) await this.#logLists()
    return updated
  }

  async uploadPrekeys(call: DeviceCall & { upload: PrekeyUpload }): Promise<Result<PrekeyStatus>> {
    return this.#asDevice(call, (relay) => relay.uploadPrekeys(call.caller.device, call.upload, Date.now()))
  }

  async prekeyStatus(call: DeviceCall): Promise<Result<PrekeyStatus>> {
    return this.#asDevice(call, (relay) => ({ ok: true, value: relay.prekeys.status(call.caller.device) }))
  }

  async deviceList(call: Call): Promise<Result<SignedDeviceList>> {
    const relay = await this.#findLogged(call.account)
    return relay ? { ok: true, value: relay.account.signedList } : { ok: false, code: 'unknownRecipient' }
  }

  async prekeyBundles(call: PrekeyCall): Promise<Result<{ deviceList: SignedDeviceList; bundles: PrekeyBundle[] }>> {
    const relay = await this.#findLogged(call.account)
    if (!relay) return { ok: false, code: 'unknownRecipient' }
    const bundles = relay.bundles(call.requester, call.devices, Date.now())
    this.#tellWatch(relay, call.correlationId)
    return good(bundles)
  }

  async uploadKeyPackages(call: DeviceCall & { upload: KeyPackageUpload }): Promise<Result<KeyPackageStatus>> {
    return this.#asDevice(call, (relay) => relay.keyPackageDesk.upload(call.caller.device, call.upload))
  }

  async keyPackageStatus(call: DeviceCall): Promise<Result<KeyPackageStatus[]>> {
    return this.#asDevice(call, (relay) => good(relay.keyPackageDesk.keyPackages.statuses(call.caller.device)))
  }

  async keyPackages(
    call: KeyPackageCall,
  ): Promise<Result<{ deviceList: SignedDeviceList; keyPackages: HandedKeyPackage[] }>> {
    const relay = await this.#findLogged(call.account)
    if (!relay) return bad('unknownRecipient')
    const handed = relay.keyPackageDesk.handOut(call.requester, call.suite, call.devices, Date.now())
    this.#tellWatch(relay, call.correlationId)
    return good(handed)
  }

  /** Takes messages from another account's object. Answers leave when they are durable. */
  async deposit(call: DepositCall): Promise<readonly DepositOutcome[]> {
    const relay = this.#relay ?? (await this.#find(call.account))
    if (!relay) {
      return call.messages.map(({ messageId }) => ({ kind: 'rejected', messageId, code: 'unknownRecipient' }))
    }
    return this.#deposit(relay, call.from, call.messages)
  }

  async depositSealed(call: SealedDepositCall): Promise<readonly DepositOutcome[]> {
    const relay = this.#relay ?? (await this.#find(call.account))
    if (!relay) {
      // As for a wrong credential to an account that there is.
      return call.deliveries.map(({ delivery: { messageId, credential }, token }) => ({
        kind: 'rejected',
        messageId,
        code: 'token' in credential && token === undefined ? 'deliveryTokenInvalid' : 'deliveryRefused',
      }))
    }
    return this.#wakeFor(relay, (now) => relay.depositSealed(call.deliveries, now))
  }

  async identityKey(call: DeviceCall): Promise<Result<string>> {
    return this.#asFreeDevice(call, (relay) => good(relay.account.list.identityKey))
  }

  async takeDeliveryTokens(call: DeviceCall & { request: TokenRequest }): Promise<Result<true>> {
    return this.#asFreeDevice(call, (relay) => {
      const grant = relay.sealed.takeTokens(call.request, Date.now())
      if (grant.granted) return good(true)
      relay.conspicuous.add(call.account, 'tokenFarming')
      this.#tellWatch(relay, call.correlationId)
      return bad('rateLimited', grant.retryAfterMs)
    })
  }

  async updateDeliveryKey(call: DeviceCall & { update: DeliveryKeyUpdate }): Promise<Result<number>> {
    return this.#asDevice(call, (relay) => {
      if (!relay.sealed.updateKey(call.update, Date.now())) return bad('deliveryKeyConflict')
      const { due, keyVersion } = relay.sealed
      if (due !== undefined) this.#clock.ringBy(due)
      return good(keyVersion)
    })
  }

  /** Entries of a group that the account is in. An account without an object here has no device that could be reached. */
  async groupDeliver({ account, group, devices, entries, isUrgent }: GroupDeliverCall): Promise<{ away: number[] }> {
    const relay = this.#relay ?? (await this.#find(account))
    if (!relay) return { away: [...devices] }
    const away = relay.groups.deliver(group, devices, entries, isUrgent ? Date.now() : undefined)
    if (isUrgent) this.#ringForPushes(relay)
    return { away }
  }

  async groupPass({ account, group, devices, item }: GroupPassCall): Promise<void> {
    const relay = this.#relay ?? (await this.#find(account))
    relay?.groups.pass(group, devices, item)
  }

  async openLeaf({ account, correlationId, index, known }: OpenLeafCall): Promise<Result<OpenedLeaf | undefined>> {
    const keys = keyLogKeys(this.env)
    if (keys === undefined) return bad('notFound')
    try {
      const relay = await this.#find(account)
      if (relay !== undefined && this.#keyLog !== undefined) {
        return await inTime(this.#keyLog.open(index, known, Date.now()), KEY_LOG_LOOKUP_MS)
      }
      return index === toBase64url(indexOf(keys.indexKey, account)) ? good(undefined) : bad('malformed')
    } catch (error) {
      log('warn', 'keyLog.lookupFailed', { correlationId, ...errorFields(error) })
      return bad('relayUnavailable')
    }
  }

  async setPushTarget(call: DeviceCall & { target: PushTarget }): Promise<Result<true>> {
    return this.#asDevice(call, (relay) => {
      relay.setPushTarget(call.caller.device, call.target)
      return good(true)
    })
  }

  async removePushTarget(call: DeviceCall): Promise<Result<true>> {
    return this.#asDevice(call, (relay) => {
      relay.setPushTarget(call.caller.device, undefined)
      return good(true)
    })
  }

  async pushTarget({ account, device }: Call & { device: number }): Promise<KeptTarget | undefined> {
    return (await this.#find(account))?.pushes.targetOf(device, Date.now())
  }

  async dropPushTarget({ account, device, id }: Call & { device: number; id: string }): Promise<void> {
    ;(await this.#find(account))?.pushes.drop(device, id)
  }

  async lookAfterDevices({ account }: Call): Promise<Upkeep> {
    return (await this.#find(account))?.lookAfterDevices(Date.now()) ?? { idle: 0, reminded: 0 }
  }

  async restrict({ account, correlationId, restriction }: RestrictCall): Promise<void> {
    const relay = await this.#find(account)
    relay?.restrict(restriction, Date.now())
    if (relay) log('info', 'relay.restricted', { correlationId, restriction: restriction.level })
  }

  async liftRestriction({ account, correlationId }: Call): Promise<void> {
    const relay = await this.#find(account)
    relay?.restrictions.lift()
    if (relay) log('info', 'relay.lifted', { correlationId })
  }

  /** Opens a socket. The edge has checked the origin and taken the ticket out of the subprotocols. */
  override async fetch(request: Request): Promise<Response> {
    const relay = await this.#find(request.headers.get(ACCOUNT_HEADER) ?? '')
    const holder = relay?.redeemTicket(request.headers.get(TICKET_HEADER) ?? '', Date.now())
    if (!relay || !holder?.ok) return refusedSocket(holder?.ok === false ? holder.code : 'ticketInvalid')
    const blockedFor = relay.restrictions.blockedFor(Date.now())
    if (blockedFor !== undefined) return refusedSocket('rateLimited', blockedFor)
    if (!hasRoomForSocket(this.ctx.getWebSockets())) return refusedSocket('rateLimited', CROWDED_FOR)
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server)
    relay.attach(this.#sockets.open(server, holder.value, relay.inboxes))
    log('debug', 'socket.open', { correlationId: request.headers.get(CORRELATION_HEADER) ?? undefined })
    return socketResponse(client)
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    const session = this.#sockets.session(socket)
    const relay = this.#relay
    if (!session || !relay) return socket.close(CLOSE_CODES.retry, 'internal')
    if (session.ended || relay.session(session.device) !== session) return
    const now = Date.now()
    const taken = session.takeFrame(now)
    if (!taken.allowed) {
      session.end('rateLimited', taken.retryAfterMs)
      relay.conspicuous.add(relay.account.id, RATES.framesPerSocket.signal)
      return this.#tellWatch(relay, crypto.randomUUID())
    }
    const parsed = parseUpFrame(data)
    if (!parsed.ok) return session.refuse(parsed.code, parsed.detail)
    const { frame } = parsed
    if (frame.type === 'hello') return relay.hello(session, frame, now)
    if (!session.greeted) return session.refuse('helloExpected')
    if (frame.type === 'read') return relay.read(session, frame)
    if (frame.type === 'ack') {
      relay.acknowledge(session, frame)
      if (this.#archive?.hasCopies(session.device)) this.#clock.ringBy(this.#archive.dueFor(now))
      return
    }
    const from = { account: relay.account.id, device: session.device }
    if (frame.type === 'groupAck') {
      relay.groups.acknowledge(session, frame, now)
      this.ctx.waitUntil(this.#reportToGroups(from, session, frame))
      return
    }
    const routed = this.#switchboard.route(from, session, frame, {
      depositHere: (own) => this.#deposit(relay, from, own),
      mayWriteTo: (account) => relay.mayWriteTo(account, now),
    })
    this.#tellWatch(relay, crypto.randomUUID())
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
    await this.#wakeDevices(relay, now)
    try {
      const { drain, sealWhenDue } = await lazyDrain()
      const { audited } = await drain(archive, relay.account, this.#database(), now)
      if (audited > 0) await sealWhenDue(this.#database(), this.env.AUDIT_SIGNING_KEY, now)
    } catch (error) {
      const retryAt = archive.failed(now, Math.random())
      const lagMs = archive.lag(now)
      log('warn', 'drain.failed', { ...errorFields(error), retryInMs: retryAt - now, lagMs })
      const samples = [
        { name: 'drain_failures_total', value: 1 },
        { name: 'drain_lag_seconds', value: lagMs / 1_000 },
      ] as const
      this.ctx.waitUntil(countIn(this.env.METRICS, samples))
    }
    const listsDue = this.#keyLog && relay.keyLogOutbox.due
    if (listsDue !== undefined && listsDue <= now) await this.#logLists()
    else if (listsDue !== undefined) this.#clock.ringBy(listsDue)
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
    const keys = keyLogKeys(this.env)
    this.#keyLog =
      keys && new KeyLogDesk(keys, () => keyLogOf(this.env.KEY_LOG, keys), relay.account, relay.keyLogOutbox)
  }

  /** Hands lists to the key log that wait to be logged. A log that does not take them holds nobody up: the alarm tries again. */
  async #logLists(): Promise<void> {
    const [relay, archive] = [this.#relay, this.#archive]
    if (!relay || !archive || !this.#keyLog || relay.keyLogOutbox.next === undefined) return
    const now = Date.now()
    // Should the object die meanwhile, the alarm hands them over.
    const alarmAt = now + KEY_LOG_WAIT_MS
    this.#clock.ringBy(alarmAt)
    try {
      await inTime(this.#keyLog.handOver(now), KEY_LOG_WAIT_MS)
    } catch (error) {
      relay.keyLogOutbox.postpone(Date.now())
      log('warn', 'keyLog.notLogged', errorFields(error))
    }
    const { due } = relay.keyLogOutbox
    if (due === undefined) this.#clock.settle(alarmAt, relay.nextDue(archive, Date.now()))
    else this.#clock.ringBy(due)
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

  /**
   * The account's relay, to serve its list: a version that has just come into force is logged first. Where the log does not answer it is
   * served all the same, and the client waits for the proof.
   */
  async #findLogged(account: string): Promise<Relay | undefined> {
    const relay = await this.#find(account)
    const due = this.#keyLog && relay?.keyLogOutbox.due
    if (due !== undefined && due <= Date.now()) await this.#logLists()
    return relay
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

  /** {@link #asDevice} for what an account that the watch has restricted may not do, or not often. */
  async #asFreeDevice<T>(call: DeviceCall, act: (relay: Relay) => Result<T>): Promise<Result<T>> {
    return this.#asDevice(call, (relay) => {
      const taken = relay.restrictions.take(Date.now())
      if (taken.allowed) return act(relay)
      relay.conspicuous.add(call.account, 'flood')
      this.#tellWatch(relay, call.correlationId)
      return bad('rateLimited', taken.retryAfterMs)
    })
  }

  /** A socket was ended by the relay. */
  #noticeEnd(code: string): void {
    const relay = this.#relay
    if (code !== 'tooManyInFlight' || !relay) return
    relay.conspicuous.add(relay.account.id, 'slowReader')
    this.#tellWatch(relay, crypto.randomUUID())
  }

  /** Tells the watch what was conspicuous. Nothing waits for it. */
  #tellWatch(relay: Relay, correlationId: string): void {
    if (relay.conspicuous.isEmpty) return
    for (const { account, signal, count } of relay.conspicuous.take()) {
      const told = this.#reporter.report(
        accountSubject(this.env.TOKEN_SECRET, account),
        { signal, count, correlationId },
        (subject) => watchOf(this.env.WATCH, subject),
        (verdict) => restrict(relayOf(this.env.USER_RELAY, account), account, correlationId, verdict),
      )
      this.ctx.waitUntil(told)
    }
  }

  #deposit(relay: Relay, from: DeviceAddress, messages: readonly OutgoingMessage[]): readonly DepositOutcome[] {
    return this.#wakeFor(relay, (now) => relay.deposit(from, messages, now))
  }

  /** Hands over which devices are to be woken. Told again rather than not at all: a device that is woken twice shows one notice. */
  async #wakeDevices(relay: Relay, now: number): Promise<void> {
    const devices = relay.pushesDue(now)
    if (devices.length === 0) return
    const { id: account } = relay.account
    const correlationId = crypto.randomUUID().replaceAll('-', '')
    try {
      await this.env.PUSHES?.sendBatch(devices.map((device) => ({ body: { account, device, correlationId } })))
      relay.pushes.pushed(devices, now)
    } catch (error) {
      relay.pushes.putOff(devices, now)
      log('warn', 'push.notQueued', { correlationId, ...errorFields(error) })
    }
  }

  /** Takes messages, and sees to it that they are copied to Postgres, and devices woken, should they wait. */
  #wakeFor(relay: Relay, deposit: (now: number) => readonly DepositOutcome[]): readonly DepositOutcome[] {
    const now = Date.now()
    const outcomes = deposit(now)
    if (this.#archive) this.#clock.ringBy(this.#archive.dueFor(now))
    const { due } = relay.pushes
    if (due !== undefined) this.#clock.ringBy(due)
    return outcomes
  }

  /** Sees to it that devices are woken for what is urgent in a group. */
  #ringForPushes(relay: Relay): void {
    const { due } = relay.pushes
    if (due !== undefined) this.#clock.ringBy(due)
    const { unreadDue } = relay.groups
    if (unreadDue === undefined || this.#unreadTimer !== undefined) return
    const look = () => {
      this.#unreadTimer = undefined
      if (this.#relay !== relay) return
      relay.groups.leaveUnread(Date.now())
      this.#ringForPushes(relay)
    }
    this.#unreadTimer = setTimeout(look, Math.max(0, unreadDue - Date.now()))
  }

  /** Tells groups what they may delete. One that does not answer keeps it longer. */
  async #reportToGroups(by: DeviceAddress, session: Session, { cursors }: GroupAck): Promise<void> {
    const correlationId = crypto.randomUUID()
    const wanted = cursors.filter(({ report }) => report === true)
    const reports = wanted
      .slice(0, session.takeReports(wanted.length, Date.now()))
      .map(({ group, upTo }) => groupOf(this.env.GROUP_RELAY, group).acknowledge({ group, correlationId, by, upTo }))
    for (const result of await Promise.allSettled(reports)) {
      if (result.status === 'rejected')
        log('warn', 'group.reportFailed', { correlationId, ...errorFields(result.reason) })
    }
  }

  #dropSocket(socket: WebSocket): void {
    const relay = this.#relay
    // A socket whose end wakes the object is not among those that it finds when it wakes.
    const session = this.#sockets.session(socket) ?? (relay && this.#sockets.resume(socket, relay.inboxes))
    this.#sockets.forget(socket)
    if (!session || !relay) return
    relay.detach(session)
    this.#ringForPushes(relay)
  }

  #database(): Database {
    return openDatabase({ url: this.env.DATABASE_URL, fetchEndpoint: this.env.DATABASE_HTTP_ENDPOINT })
  }
}

/** With the query builder behind it, a third of what the isolate would have to evaluate before its first message. */
function lazyDrain(): Promise<typeof Drain> {
  return import('./drain.ts')
}

function actingFor({ caller, correlationId }: DeviceCall): Acting {
  return { device: caller.device, correlationId }
}
