/** Sealed sender of one device: what has to be kept fresh for it, and how each message goes. */

import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import type { DeviceList } from '#protocol/device-list.ts'
import type { Envelope, OutgoingMessage } from '#protocol/frames/send.ts'
import { type Delivery, type DeliveryAnswer, type DeliveryCredential, deliver } from '#protocol/http/deliveries.ts'
import { LIMITS } from '#protocol/limits.ts'
import { deliveryAccess } from '#protocol/sealed/delivery.ts'
import { type DeliveryToken, tokenCredential } from '#protocol/sealed/tokens.ts'
import { sealEnvelope } from '../../crypto/sealing.ts'
import { type BackoffRange, backoffDelay } from '../../transport/backoff.ts'
import { type Core, isStoreGone } from '../core.ts'
import { conversationOf, putConversation } from '../conversations.ts'
import type { Draft } from '../draft.ts'
import type { OutboxItem } from '../records.ts'
import { OwnCertificate } from './certificate.ts'
import { Deployment, isNotOffered } from './deployment.ts'
import { SealedLane } from './lane.ts'
import { Opener } from './opener.ts'
import { OwnKeys } from './own-keys.ts'
import type { SealedParts } from './sealed.ts'
import { SealingKeys } from './sealing-keys.ts'
import { TokenStock } from './token-stock.ts'
import { isSaid, mayBeLeftOut } from './worth.ts'

/** Between tries at what did not succeed. */
const RETRY: BackoffRange = { minMs: 1_000, maxMs: 5 * 60_000 }
const LEAST_PAUSE_MS = 250
/** A request's fixed text around its deliveries, each delivery and each envelope: ids, names, brackets. */
const REQUEST_OVERHEAD = 100
const DELIVERY_OVERHEAD = 500
const ENVELOPE_OVERHEAD = 80

/** How a message goes. */
export type Route =
  | { readonly way: 'identified' }
  | { readonly way: 'sealed'; readonly credential: DeliveryCredential }
  | { readonly way: 'token'; readonly credential: DeliveryCredential; readonly token: DeliveryToken }
  /** Not worth being seen for, or being a token. */
  | { readonly way: 'none' }
  /** What it takes is being fetched. */
  | { readonly way: 'unknown' }

export class SealedLayer {
  readonly opener: Opener
  readonly lane: SealedLane
  readonly #core: Core
  readonly #changed: () => void
  readonly #deployment: Deployment
  readonly #certificate: OwnCertificate
  readonly #keys: OwnKeys
  readonly #sealingKeys: SealingKeys
  readonly #tokens: TokenStock
  #isOnline = false
  #isRunning = false
  #again = false
  #failures = 0
  #timer: unknown
  /** Version of the delivery key that the relay has. */
  #atRelay = 0

  constructor(core: Core, { auth, devices, outbox, changed, lane }: SealedParts) {
    this.#core = core
    this.#changed = changed
    this.#deployment = new Deployment(core)
    this.#certificate = new OwnCertificate(core, auth)
    this.#keys = new OwnKeys(core, auth, outbox)
    this.#sealingKeys = new SealingKeys(core, devices)
    this.#tokens = new TokenStock(core, auth, this.#deployment)
    this.opener = new Opener(core, this.#deployment, this.#sealingKeys)
    this.lane = new SealedLane(core, outbox, this, lane())
  }

  async load(): Promise<void> {
    await this.#deployment.load()
    await this.#certificate.load()
    await this.#tokens.load()
  }

  /** Whether it is known how messages go: there is no sealed sender here, or all that it takes. */
  get isReady(): boolean {
    const { isOffered } = this.#deployment
    return isOffered === false || (isOffered === true && this.#certificate.current !== undefined)
  }

  connected(deliveryKeyVersion: number): void {
    this.#isOnline = true
    this.#atRelay = deliveryKeyVersion
    // What was not offered may be by now.
    this.follow()
  }

  disconnected(): void {
    this.#isOnline = false
    this.#core.platform.timers.clear(this.#timer)
  }

  /** Looks after everything that is due. */
  follow(): void {
    this.#again = true
    if (this.#isRunning || !this.#isOnline || this.#core.isClosed) return
    this.#isRunning = true
    this.#again = false
    void this.#followAll()
      .catch((error: unknown) => {
        if (isStoreGone(error)) return
        this.#failures += 1
        const pause = backoffDelay(this.#failures, RETRY, this.#core.platform.random())
        this.#wakeAt(this.#core.now() + Math.max(LEAST_PAUSE_MS, pause))
      })
      .finally(() => {
        this.#isRunning = false
        this.#changed()
        if (this.#again) this.follow()
      })
  }

  async #followAll(): Promise<void> {
    await this.#deployment.follow()
    if (this.#deployment.isOffered !== true) return
    await this.#certificate.follow()
    this.#changed()
    await this.#sealingKeys.follow()
    this.#atRelay = await this.#keys.followDeliveryKey(this.#atRelay)
    await this.#tokens.follow()
    this.#failures = 0
    this.#wakeAt(Math.min(this.#certificate.renewAt, this.#tokens.due ?? Infinity))
  }

  #wakeAt(at: number): void {
    const { timers } = this.#core.platform
    timers.clear(this.#timer)
    // A platform's timers take no more than 24 days.
    const wait = Math.min(Math.max(0, at - timers.now()), 24 * 60 * 60_000)
    if (this.#isOnline) this.#timer = timers.set(() => this.follow(), wait)
  }

  /**
   * How a queued message goes. A token that this takes is gone with the draft's commit: keep it with the message.
   *
   * @param list the recipient's known devices
   * @param isShown the relay refused what hid its sender: a stranger's inbox that no token opens
   */
  async route(draft: Draft, item: OutboxItem, list: DeviceList | undefined, isShown: boolean): Promise<Route> {
    const { to, wireId: messageId } = item
    if (!this.#isPossible(to, list)) return { way: 'identified' }
    const { deliveryKey } = await conversationOf(draft, to)
    if (deliveryKey !== undefined && deliveryKey.isRefused !== true) {
      return { way: 'sealed', credential: { deliveryKey: deliveryAccess(deliveryKey.key, to) } }
    }
    // A group's member who is no contact, or a contact who took its key away: neither is told by a receipt who this is, nor the relay.
    if (mayBeLeftOut(item.content)) return { way: 'none' }
    const isWorthToken = isSaid(item.content) || deliveryKey !== undefined
    if (!isShown && (item.token !== undefined || isWorthToken)) {
      if (item.token === undefined && this.#tokens.isUnasked) return { way: 'unknown' }
      const token = item.token ?? (await this.#take(draft))
      if (token !== undefined) {
        return { way: 'token', credential: { token: tokenCredential(token, { recipient: to, messageId }) }, token }
      }
    }
    return { way: 'identified' }
  }

  #take(draft: Draft): Promise<DeliveryToken | undefined> {
    draft.announceOnce('tokens', () => this.follow())
    return this.#tokens.take(draft)
  }

  /** How an ephemeral message goes: by a delivery key, or, where nothing can be hidden, as it always did. */
  async routeEphemeral(draft: Draft, to: string, list: DeviceList): Promise<Route> {
    if (!this.#isPossible(to, list)) return { way: 'identified' }
    const { deliveryKey } = await conversationOf(draft, to)
    if (deliveryKey === undefined || deliveryKey.isRefused === true) return { way: 'none' }
    return { way: 'sealed', credential: { deliveryKey: deliveryAccess(deliveryKey.key, to) } }
  }

  /** Whether the sender of a message to an account can be hidden at all. */
  #isPossible(to: string, list: DeviceList | undefined): boolean {
    if (this.#deployment.isOffered !== true || to === this.#core.requireAccount().account) return false
    return list?.devices.every(({ sealingKey }) => sealingKey !== undefined) ?? true
  }

  /** Puts each envelope into its seal. Those for devices that are not on the list have none, and are left out. */
  async cover(
    { messageId, ephemeral = false, envelopes }: Pick<OutgoingMessage, 'messageId' | 'ephemeral' | 'envelopes'>,
    list: DeviceList | undefined,
  ): Promise<NonNullable<OutboxItem['covered']> | undefined> {
    const own = this.#certificate.current
    if (own === undefined) return undefined
    const certificate = fromBase64url(own.certificate)
    const covered: Envelope[] = []
    for (const { device, registrationId, body } of envelopes) {
      const sealingKey = list?.devices.find(({ id }) => id === device)?.sealingKey
      if (list === undefined || sealingKey === undefined) continue
      const target = { account: list.account, device, registrationId, messageId, ephemeral }
      const sealed = await sealEnvelope(fromBase64url(sealingKey), target, certificate, fromBase64url(body))
      covered.push({ device, registrationId, body: toBase64url(sealed) })
    }
    return { envelopes: covered, until: own.until }
  }

  /**
   * Delivers, in order, in as few requests as the relay's limits allow. `answered` is called after each of them.
   *
   * @throws RelayError, OfflineError, UnexpectedAnswerError: what was not answered may or may not have been accepted
   */
  async deliver(
    deliveries: readonly Delivery[],
    answered: (answers: readonly DeliveryAnswer[]) => Promise<void>,
  ): Promise<void> {
    for (const some of inRequests(deliveries)) {
      try {
        const { answers } = await this.#core.http.call(deliver, { deliveries: some })
        await answered(answers)
      } catch (error) {
        if (isNotOffered(error)) this.#deployment.isOffered = false
        throw error
      }
    }
  }

  /** The relay does not take an account's delivery key: it was changed, and the new one is on its way, or is not meant for us. */
  async keyRefused(draft: Draft, account: string, access: string): Promise<void> {
    const record = await conversationOf(draft, account)
    const { deliveryKey } = record
    if (deliveryKey === undefined || deliveryAccess(deliveryKey.key, account) !== access) return
    putConversation(this.#core, draft, account, { ...record, deliveryKey: { ...deliveryKey, isRefused: true } })
  }
}

function inRequests(deliveries: readonly Delivery[]): Delivery[][] {
  const requests: Delivery[][] = []
  let size = 0
  for (const delivery of deliveries) {
    const { envelopes } = delivery
    const length = envelopes.reduce((sum, { body }) => sum + body.length + ENVELOPE_OVERHEAD, DELIVERY_OVERHEAD)
    const last = requests.at(-1)
    if (
      last === undefined ||
      last.length >= LIMITS.deliveriesPerRequest ||
      size + length > LIMITS.deliveryRequestBytes
    ) {
      requests.push([delivery])
      size = REQUEST_OVERHEAD + length
    } else {
      last.push(delivery)
      size += length
    }
  }
  return requests
}
