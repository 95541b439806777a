/**
 * A relay in memory for the engine's tests: the real frames and routes, through the real schemas, and every fault that a
 * network can add. It is one process and keeps nothing durable; the relay itself is tested in its own folders.
 */

import * as v from 'valibot'
import { fromBase64url, randomBytes, toBase64url } from '#protocol/bytes.ts'
import { ERRORS, type ErrorCode, actionFor, CLOSE_CODES, statusFor } from '#protocol/errors.ts'
import type { DeliveredEnvelope } from '#protocol/frames/deliver.ts'
import type { DownFrame } from '#protocol/frames/down.ts'
import type { Welcome } from '#protocol/frames/hello.ts'
import type { OutgoingMessage } from '#protocol/frames/send.ts'
import { parseUpFrame } from '#protocol/frames/up.ts'
import { loginSigningInput } from '#protocol/http/auth.ts'
import type { Delivery, DeliveryAnswer } from '#protocol/http/deliveries.ts'
import type { Route } from '#protocol/http/route.ts'
import { ROUTES } from '#protocol/http/routes.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { canonicalUsername } from '#protocol/username.ts'
import { PING, PONG } from '#protocol/version.ts'
import type { Fetch } from '../../transport/http.ts'
import type { OpenRawSocket, RawSocketHandlers } from '../../transport/socket.ts'
import { FakeAccount } from './fake-account.ts'
import type { FakeMedia } from './fake-media.ts'
import type { FakeKeyLog } from './fake-key-log.ts'
import { type FakeSealed, withoutCredential } from './fake-sealed.ts'

/** What may go wrong; each is asked at the moment it would. */
export interface Faults {
  /** The relay cannot be reached by HTTP, or by socket. */
  isDown?: () => boolean
  /** The socket dies after a frame was dealt with, before its answer is sent. */
  loseAnswer?: () => boolean
  /** Envelopes are pushed twice. */
  repeat?: () => boolean
  /** Instead of being stored, the message is refused with this. */
  reject?: (message: OutgoingMessage) => ErrorCode | undefined
  /** Instead of being done, an operation is refused for now. */
  refuse?: (name: string) => boolean
  /** Another log than the relay's is shown to some. */
  keyLogFor?: (account: string) => FakeKeyLog | undefined
  /** Another log is published to some, by the names of their stores. */
  publicLogFor?: (reader: string) => FakeKeyLog | undefined
}

interface Live {
  readonly address: DeviceAddress
  readonly handlers: RawSocketHandlers
  isGreeted: boolean
  isClosed: boolean
}

class Refusal extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode) {
    super(code)
    this.code = code
  }
}

const PUBLIC_LOG = '/key-log/'

export class FakeRelay {
  readonly accounts = new Map<string, FakeAccount>()
  faults: Faults = {}
  /** Without one, the deployment has none. Lists are logged as they are accepted. */
  keyLog: FakeKeyLog | undefined
  /** Without one, the deployment keeps no media. */
  media: FakeMedia | undefined
  /** What every device is told of those that are not in use. */
  idleDevices: Welcome['idleDevices']
  /** Without it, the deployment has no sealed sender. */
  sealed: FakeSealed | undefined
  /** Whose store a name is, which a test may tell who does not say who it is from others by. */
  readonly #accountOf = new Map<string, string>()
  readonly #tokens = new Map<string, DeviceAddress>()
  readonly #tickets = new Map<string, DeviceAddress>()
  readonly #sockets = new Set<Live>()
  readonly #now: () => number
  /** Every operation that somebody asked for in its own name. */
  readonly calls: { readonly name: string; readonly account: string }[] = []
  /** Every frame that clients sent. */
  readonly received: string[] = []

  constructor(now: () => number = () => Date.now()) {
    this.#now = now
  }

  /** The network of one device, by its store's name. */
  fetchFor(reader: string): Fetch {
    return (url, init) => this.#exchange(reader, url, init)
  }

  async #exchange(reader: string, url: string, init: RequestInit): Promise<Response> {
    // A network answers in a later task: microtasks alone would let an engine that asks again and again starve all timers.
    await new Promise((resolve) => setTimeout(resolve))
    if (this.faults.isDown?.() === true) throw new TypeError('network')
    if (this.media?.holds(url) === true) return this.media.exchange(url, init)
    const path = new URL(url).pathname
    if (path.startsWith(PUBLIC_LOG)) {
      const bytes = (this.faults.publicLogFor?.(reader) ?? this.keyLog)?.published(path.slice(PUBLIC_LOG.length))
      return bytes === undefined ? new Response(null, { status: 404 }) : new Response(bytes)
    }
    const [name, route] =
      Object.entries(ROUTES).find(([, entry]) => entry.path === path && entry.method === init.method) ?? []
    try {
      if (name === undefined || route === undefined) throw new Refusal('notFound')
      const answer = await this.#serve(reader, name as keyof typeof ROUTES, route, init)
      return Response.json(v.parse((route as Route).response, answer))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { code } = error
      const body = { code, action: actionFor(code), message: ERRORS[code], correlationId: 'test' }
      return Response.json({ error: body }, { status: statusFor(code) })
    }
  }

  readonly openSocket: OpenRawSocket = (_url, protocols, handlers) => {
    const ticket = protocols[1]?.replace(/^ticket\./, '') ?? ''
    const address = this.#tickets.get(ticket)
    this.#tickets.delete(ticket)
    const live: Live = { address: address ?? { account: '', device: 0 }, handlers, isGreeted: false, isClosed: false }
    queueMicrotask(() => {
      if (live.isClosed) return
      if (address === undefined || this.faults.isDown?.() === true) return this.#close(live, 1_006, '')
      this.#sockets.add(live)
      handlers.opened()
    })
    return {
      send: (data) => queueMicrotask(() => this.#receive(live, data)),
      close: () => this.#close(live, 1_000, ''),
    }
  }

  account(id: string): FakeAccount {
    const account = this.accounts.get(id)
    if (account === undefined) throw new Refusal('unknownRecipient')
    return account
  }

  /** Drops the sockets of an account, of one device of it, or all. */
  drop(account?: string, device?: number): void {
    for (const live of this.#sockets) {
      const { address } = live
      if ((account ?? address.account) !== address.account || (device ?? address.device) !== address.device) continue
      this.#close(live, 1_006, '')
    }
  }

  /** Closes the sockets of a device with an error of the wire. */
  end(address: DeviceAddress, code: ErrorCode): void {
    for (const live of this.#of(address)) this.#close(live, CLOSE_CODES[actionFor(code)], code)
  }

  /** Pushes any frame to a device. */
  push(address: DeviceAddress, frame: DownFrame): void {
    for (const live of this.#of(address)) this.#send(live, frame)
  }

  #of({ account, device }: DeviceAddress): Live[] {
    return [...this.#sockets].filter(({ address }) => address.account === account && address.device === device)
  }

  #close(live: Live, code: number, reason: string): void {
    if (live.isClosed) return
    live.isClosed = true
    this.#sockets.delete(live)
    queueMicrotask(() => live.handlers.closed(code, reason))
  }

  #send(live: Live, frame: DownFrame | string): void {
    if (live.isClosed) return
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame)
    queueMicrotask(() => live.handlers.received(text))
  }

  #receive(live: Live, data: string): void {
    if (live.isClosed) return
    if (data === PING) return this.#send(live, PONG)
    this.received.push(data)
    const parsed = parseUpFrame(data)
    if (!parsed.ok) throw new Error(`a client sent a bad frame: ${parsed.code} ${parsed.detail ?? ''}`)
    const { frame } = parsed
    const account = this.account(live.address.account)
    if (frame.type === 'hello') return this.#greet(live, account, frame.lastSeq, frame.incarnation)
    if (!live.isGreeted) throw new Error('hello expected')
    if (frame.type === 'ack') {
      if (frame.upTo > account.inbox(live.address.device).lastSeq) throw new Error('ack of the future')
      return account.acknowledge(live.address.device, frame.upTo)
    }
    // It has no groups.
    if (frame.type === 'send') this.#take(live, frame.messages)
  }

  #greet(live: Live, account: FakeAccount, lastSeq: number, incarnation: string | undefined): void {
    const { device } = live.address
    live.isGreeted = true
    const isSame = incarnation === account.incarnation
    if (isSame) account.acknowledge(device, lastSeq)
    const deviceListVersion = account.list.version
    const prekeys = account.status(device)
    this.#send(live, {
      type: 'welcome',
      incarnation: account.incarnation,
      now: this.#now(),
      deviceListVersion,
      prekeys,
      keyPackages: [],
      ...(this.idleDevices && { idleDevices: this.idleDevices }),
      ...(this.sealed && { deliveryKeyVersion: this.sealed.keyVersion(account.id) }),
    })
    if (!isSame && incarnation !== undefined) this.#send(live, { type: 'gap', from: 0, to: 0, reason: 'storageLost' })
    const { items, lastSeq: upTo } = account.inbox(device)
    for (let at = 0; at < items.length; at += 64) {
      this.#send(live, { type: 'envelopes', items: items.slice(at, at + 64) })
    }
    this.#send(live, { type: 'caughtUp', upTo })
  }

  #take(live: Live, messages: readonly OutgoingMessage[]): void {
    const accepted: string[] = []
    const others: DownFrame[] = []
    for (const message of messages) {
      const code = this.faults.reject?.(message)
      const recipient = this.accounts.get(message.to)
      if (code !== undefined) others.push({ type: 'rejected', messageId: message.messageId, code })
      else if (recipient === undefined) {
        others.push({ type: 'rejected', messageId: message.messageId, code: 'unknownRecipient' })
      } else {
        const outcome = recipient.deposit(live.address, message, this.#now(), (device, item) =>
          this.#deliver({ account: recipient.id, device }, item, message.ephemeral === true),
        )
        if ('accepted' in outcome) accepted.push(outcome.accepted)
        else others.push(outcome.frame)
      }
    }
    if (this.faults.loseAnswer?.() === true) return this.#close(live, 1_006, '')
    if (accepted.length > 0) this.#send(live, { type: 'accepted', at: this.#now(), messageIds: accepted })
    for (const frame of others) this.#send(live, frame)
  }

  #deliver(address: DeviceAddress, item: DeliveredEnvelope, isEphemeral: boolean): void {
    for (const live of this.#of(address)) {
      if (!live.isGreeted) continue
      const { seq: _none, ...bare } = item
      const frame: DownFrame = isEphemeral ? { type: 'ephemeral', items: [bare] } : { type: 'envelopes', items: [item] }
      this.#send(live, frame)
      if (this.faults.repeat?.() === true) this.#send(live, frame)
    }
  }

  async #serve(reader: string, name: keyof typeof ROUTES, route: Route, init: RequestInit): Promise<unknown> {
    const authorization = new Headers(init.headers).get('authorization')?.slice('Bearer '.length) ?? ''
    const address = this.#tokens.get(authorization)
    if (route.authenticated && address === undefined) throw new Refusal('tokenInvalid')
    const own = address ?? { account: '', device: 0 }
    if (address !== undefined) {
      this.calls.push({ name, account: own.account })
      this.#accountOf.set(reader, own.account)
    }
    const read = <T extends v.GenericSchema>(schema: T): v.InferOutput<T> =>
      v.parse(schema, JSON.parse(typeof init.body === 'string' ? init.body : 'null'))
    if (this.faults.refuse?.(name) === true) throw new Refusal('relayUnavailable')
    switch (name) {
      case 'configuration':
        return {
          protocolVersion: 1,
          registration: 'open',
          now: this.#now(),
          ...(this.keyLog?.configuration && { keyLog: this.keyLog.configuration }),
          ...(this.media && { media: this.media.configuration(this.#now()) }),
        }
      case 'register': {
        const body = read(ROUTES.register.request)
        const username = body.username === undefined ? undefined : canonicalUsername(body.username)
        const holder = [...this.accounts.values()].find((account) => account.username === username)
        if (username !== undefined && holder !== undefined && holder.id !== body.account)
          throw new Refusal('usernameTaken')
        const account = this.accounts.get(body.account) ?? new FakeAccount(body.account, body.deviceList, username)
        if (!this.accounts.has(body.account)) this.keyLog?.record(body.deviceList)
        this.accounts.set(body.account, account)
        account.upload(1, body.prekeys)
        return { account: body.account, ...(username === undefined ? {} : { username }) }
      }
      case 'challenge':
        return { challenge: toBase64url(randomBytes(32)), expiresAt: this.#now() + 60_000 }
      case 'logIn':
        return this.#logIn(read(ROUTES.logIn.request))
      case 'revokeTokens':
        this.#tokens.delete(authorization)
        return {}
      case 'socketTicket': {
        const ticket = `${own.account}.${toBase64url(randomBytes(16))}`
        this.#tickets.set(ticket, own)
        return { ticket, expiresAt: this.#now() + 30_000 }
      }
      case 'claimUsername':
        return { username: canonicalUsername(read(ROUTES.claimUsername.request).username) }
      case 'releaseUsername':
        return {}
      case 'findUsername': {
        const username = canonicalUsername(read(ROUTES.findUsername.request).username)
        const found = [...this.accounts.values()].find((account) => account.username === username)
        if (found === undefined) throw new Refusal('usernameNotFound')
        return { account: found.id, username }
      }
      case 'updateDeviceList': {
        const { deviceList, prekeys } = read(ROUTES.updateDeviceList.request)
        const account = this.account(own.account)
        const before = account.list.devices
        const isNew = account.signed.bytes !== deviceList.bytes
        if (!account.replaceList(deviceList)) throw new Refusal('deviceListConflict')
        if (isNew) this.keyLog?.record(deviceList)
        for (const { device, upload } of prekeys ?? []) account.upload(device, upload)
        for (const { id } of before) {
          const isGone = !account.list.devices.some((device) => device.id === id)
          if (isGone) this.end({ account: own.account, device: id }, 'deviceRevoked')
          else
            this.push(
              { account: own.account, device: id },
              { type: 'deviceListChanged', version: account.list.version },
            )
        }
        return { version: account.list.version }
      }
      case 'fetchDeviceList':
        return { deviceList: this.account(read(ROUTES.fetchDeviceList.request).account).signed }
      case 'uploadPrekeys':
        return this.account(own.account).upload(own.device, read(ROUTES.uploadPrekeys.request))
      case 'prekeyStatus':
        return this.account(own.account).status(own.device)
      case 'keyLogIndexes': {
        const indexes = this.#keyLogOf(own)?.indexes(read(ROUTES.keyLogIndexes.request).elements)
        if (indexes === undefined) throw new Refusal('notFound')
        return indexes
      }
      case 'keyLogLookup': {
        const answer = this.#keyLogOf({ account: this.#accountOf.get(reader) ?? '', device: 0 })?.lookup(
          read(ROUTES.keyLogLookup.request),
        )
        if (answer === undefined) throw new Refusal('relayUnavailable')
        return answer
      }
      case 'issueMediaTokens':
      case 'createMedia':
      case 'resumeMedia':
      case 'completeMedia':
      case 'fetchMedia':
      case 'renewMedia':
      case 'deleteMedia': {
        if (this.media === undefined) throw new Refusal('mediaNotOffered')
        // Who stores or fetches says to nobody who it is.
        if (!route.authenticated && authorization !== '') throw new Refusal('malformed')
        const answer = this.media.serve(name, read(ROUTES[name].request), this.#now())
        if (typeof answer === 'string') throw new Refusal(answer)
        return answer
      }
      // Nothing that the engine's tests need.
      case 'clientLog':
      case 'fetchPrekeys':
      case 'uploadKeyPackages':
      case 'keyPackageStatus':
      case 'fetchKeyPackages':
      case 'createGroup':
      case 'commitToGroup':
      case 'sendToGroup':
      case 'fetchGroup':
      case 'leaveGroup':
      case 'openGroupLink':
      case 'offerRejoin':
      case 'subscribePush':
      case 'unsubscribePush':
        throw new Refusal('notFound')
      case 'deliver':
        if (authorization !== '') throw new Refusal('malformed')
        return this.#deliverSealed(read(ROUTES.deliver.request).deliveries, init)
      case 'sealedSenderKeys':
        return this.#sealedSender().published()
      case 'senderCertificate': {
        const { identityKey } = this.account(own.account).list
        return this.#sealedSender().certify({ ...own, identityKey })
      }
      case 'deliveryTokens': {
        const answer = this.#sealedSender().issue(own, read(ROUTES.deliveryTokens.request))
        if (typeof answer === 'string') throw new Refusal(answer)
        return answer
      }
      case 'updateDeliveryKey': {
        const update = read(ROUTES.updateDeliveryKey.request)
        if (!this.#sealedSender().updateKey(own, update)) throw new Refusal('deliveryKeyConflict')
        return { version: update.version }
      }
    }
  }

  #sealedSender(): FakeSealed {
    if (this.sealed === undefined) throw new Refusal('notFound')
    return this.sealed
  }

  #deliverSealed(deliveries: readonly Delivery[], init: RequestInit): unknown {
    const sealed = this.#sealedSender()
    sealed.requests.push({ headers: Object.fromEntries(new Headers(init.headers)), deliveries })
    const answers = deliveries.map((delivery) => this.#answerSealed(sealed, delivery))
    if (this.faults.loseAnswer?.() === true) throw new TypeError('network')
    return { answers }
  }

  #answerSealed(sealed: FakeSealed, delivery: Delivery): DeliveryAnswer {
    const { to, messageId } = delivery
    const message = withoutCredential(delivery)
    const recipient = this.accounts.get(to)
    const code = recipient?.knows(undefined, message)
      ? undefined
      : (this.faults.reject?.(message) ?? sealed.refusal(delivery) ?? (recipient ? undefined : 'deliveryRefused'))
    if (code !== undefined || recipient === undefined) {
      return { outcome: 'rejected', to, messageId, code: code ?? 'deliveryRefused' }
    }
    const outcome = recipient.deposit(undefined, message, this.#now(), (device, item) =>
      this.#deliver({ account: to, device }, item, delivery.ephemeral === true),
    )
    if ('accepted' in outcome) return { outcome: 'accepted', to, messageId, at: this.#now() }
    if (outcome.frame.type === 'mismatch') {
      const { type: _, ...mismatch } = outcome.frame
      return { outcome: 'mismatch', ...mismatch }
    }
    return { outcome: 'rejected', to, messageId, code: outcome.frame.code }
  }

  #keyLogOf({ account }: DeviceAddress): FakeKeyLog | undefined {
    return this.faults.keyLogFor?.(account) ?? this.keyLog
  }

  async #logIn(body: v.InferOutput<typeof ROUTES.logIn.request>): Promise<unknown> {
    const { account, device, challenge, signature } = body
    const record = this.accounts.get(account)?.list.devices.find(({ id }) => id === device)
    if (record === undefined) throw new Refusal('signatureInvalid')
    const key = await crypto.subtle.importKey('raw', fromBase64url(record.deviceKey), 'Ed25519', false, ['verify'])
    const input = loginSigningInput('https://relay.test', account, device, challenge)
    if (!(await crypto.subtle.verify('Ed25519', key, fromBase64url(signature), input))) {
      throw new Refusal('signatureInvalid')
    }
    const token = toBase64url(randomBytes(16))
    this.#tokens.set(token, { account, device })
    return { token, expiresAt: this.#now() + 600_000 }
  }
}
