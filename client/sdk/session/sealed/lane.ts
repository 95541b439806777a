/** The way of sealed messages: requests that say nothing of who makes them, one at a time to each recipient. */

import { actionFor } from '#protocol/errors.ts'
import type { Rejected } from '#protocol/frames/send.ts'
import type { DeviceList } from '#protocol/device-list.ts'
import type { Delivery, DeliveryAnswer, DeliveryCredential } from '#protocol/http/deliveries.ts'
import { RelayError } from '../../transport/errors.ts'
import { type Core, isStoreGone } from '../core.ts'
import type { Outbox, QueueEntry } from '../outbox.ts'
import type { OutboxItem } from '../records.ts'
import type { SealedLayer } from './layer.ts'
import type { LaneHooks } from './sealed.ts'

/** Tokens of one message that may be refused: one may have been spent by a former life of this store. */
const MAX_TOKENS = 2

/** After a request that got no answer. */
const LEAST_PAUSE_MS = 250

/** A message with what opens its recipient's inbox. */
export interface Addressed {
  readonly entry: QueueEntry
  readonly credential: DeliveryCredential
}

export class SealedLane {
  readonly #core: Core
  readonly #outbox: Outbox
  readonly #layer: Pick<SealedLayer, 'cover' | 'deliver' | 'keyRefused'>
  readonly #hooks: LaneHooks
  /** Recipients of requests that were not answered yet. */
  readonly #busy = new Set<string>()
  readonly #refusedTokens = new Map<string, number>()

  constructor(
    core: Core,
    outbox: Outbox,
    layer: Pick<SealedLayer, 'cover' | 'deliver' | 'keyRefused'>,
    hooks: LaneHooks,
  ) {
    this.#core = core
    this.#outbox = outbox
    this.#layer = layer
    this.#hooks = hooks
  }

  /** Whether something is under way to an account: what is next waits, so that it does not come first. */
  isBusy(account: string): boolean {
    return this.#busy.has(account)
  }

  /**
   * The seals of a message: those that it has, while their certificate is good; else new ones, made once and kept. `undefined`
   * while there is no certificate.
   */
  async cover(item: OutboxItem, list: DeviceList | undefined): Promise<OutboxItem['covered']> {
    const { wireId: messageId, covered, sealed } = item
    if (covered !== undefined && this.#core.now() < covered.until) return covered
    return this.#layer.cover({ messageId, envelopes: sealed?.envelopes ?? [] }, list)
  }

  /** Sends what was committed. Answers come to the hooks; what gets none is sent again, the same octets. */
  send(messages: readonly Addressed[]): void {
    if (messages.length === 0) return
    const now = this.#core.now()
    for (const { entry } of messages) {
      entry.sentAt = now
      this.#busy.add(entry.item.to)
    }
    void this.#exchange(messages).finally(() => {
      for (const { entry } of messages) {
        // What was answered is settled, or was given its time.
        entry.sentAt = undefined
        this.#busy.delete(entry.item.to)
      }
      for (const account of new Set(messages.map(({ entry }) => entry.item.to))) this.#hooks.left(account)
    })
  }

  async #exchange(messages: readonly Addressed[]): Promise<void> {
    const open = new Map(messages.map((message) => [nameOf(message.entry.item), message]))
    try {
      const deliveries = messages.map(toDelivery)
      await this.#layer.deliver(deliveries, async (answers) => {
        await this.#answered(answers, open)
      })
    } catch (error) {
      if (isStoreGone(error)) return
      for (const { entry } of open.values()) await this.#failed(entry, error)
    }
  }

  /** @param open messages without an answer; those that are answered are taken out */
  async #answered(answers: readonly DeliveryAnswer[], open: Map<string, Addressed>): Promise<void> {
    const messageIds: string[] = []
    let acceptedAt = 0
    for (const answer of answers) {
      const { to, messageId } = answer
      const message = open.get(nameOf({ to, wireId: messageId }))
      if (message === undefined || answer.outcome !== 'accepted') continue
      acceptedAt = answer.at
      messageIds.push(messageId)
      open.delete(nameOf(message.entry.item))
    }
    if (messageIds.length > 0) await this.#hooks.accepted({ type: 'accepted', at: acceptedAt, messageIds })
    for (const answer of answers) {
      const message = open.get(nameOf({ to: answer.to, wireId: answer.messageId }))
      if (message === undefined) continue
      open.delete(nameOf(message.entry.item))
      if (answer.outcome === 'mismatch') {
        const { outcome: _outcome, ...mismatch } = answer
        await this.#hooks.mismatch({ type: 'mismatch', ...mismatch })
      } else if (answer.outcome === 'rejected') {
        await this.#rejected(message, answer)
      }
    }
  }

  async #rejected({ entry, credential }: Addressed, answer: Omit<Rejected, 'type'>): Promise<void> {
    const { code } = answer
    if (code !== 'deliveryRefused' && code !== 'deliveryTokenInvalid') {
      return this.#hooks.rejected({ type: 'rejected', ...pickRejection(answer) })
    }
    await this.#core.transact(async (draft) => {
      if ('deliveryKey' in credential) {
        return this.#layer.keyRefused(draft, entry.item.to, credential.deliveryKey)
      }
      const refused = (this.#refusedTokens.get(entry.item.wireId) ?? 0) + 1
      // Of no account there is no inbox that a token opens: the identified way says what is wrong.
      const isHopeless = code === 'deliveryRefused' || refused >= MAX_TOKENS
      const { token: _refused, ...item } = entry.item
      this.#outbox.update(draft, entry, item)
      draft.announce(() => {
        this.#refusedTokens.set(item.wireId, refused)
        if (isHopeless) entry.isShown = true
      })
    })
  }

  async #failed(entry: QueueEntry, error: unknown): Promise<void> {
    if (!(error instanceof RelayError) || error.code === 'notFound' || actionFor(error.code) !== 'fix') {
      const retryAfterMs = error instanceof RelayError ? error.retryAfterMs : undefined
      // Without sealed sender it goes another way, at once.
      const isElsewhere = error instanceof RelayError && error.code === 'notFound'
      if (!isElsewhere) this.#hooks.delay(entry, Math.max(LEAST_PAUSE_MS, retryAfterMs ?? 0))
      return
    }
    // What the relay cannot read in a seal is not sent without one instead: it fails, and says so.
    await this.#hooks.rejected({ type: 'rejected', messageId: entry.item.wireId, code: error.code })
  }
}

function nameOf({ to, wireId }: Pick<OutboxItem, 'to' | 'wireId'>): string {
  return `${to}:${wireId}`
}

function toDelivery({ entry: { item }, credential }: Addressed): Delivery {
  return {
    messageId: item.wireId,
    to: item.to,
    deviceListVersion: item.sealed?.deviceListVersion ?? 0,
    envelopes: item.covered?.envelopes ?? [],
    ...(item.urgent === true ? { urgent: true } : {}),
    credential,
  }
}

function pickRejection({ messageId, code, retryAfterMs }: Omit<Rejected, 'type'>): Omit<Rejected, 'type'> {
  return { messageId, code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}
