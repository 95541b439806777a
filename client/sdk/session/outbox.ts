/** The durable queue of everything that has to be sent. */

import * as v from 'valibot'
import { type KnownContent, SyncSent } from '#protocol/content/content.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import type { Json, Store } from '../store/store.ts'
import type { Core } from './core.ts'
import { knownDeviceList } from './directory.ts'
import type { Draft } from './draft.ts'
import { drawMessageId } from './message-id.ts'
import {
  type OutboxItem,
  type Way,
  OUTBOX_QUEUE,
  SENT_LOG,
  copiesOf,
  copyKey,
  copyRecord,
  outboxKey,
  outboxRecord,
  parseRecord,
  sentIndexKey,
  sentIndexRecord,
  sentKey,
  sentRecord,
} from './records.ts'

/** What was sent can be asked for again for as long as a relay keeps it for a device that is away. */
const SENT_LOG_MS = 31 * 24 * 60 * 60_000
/** Entries of the log that one pruning removes at most. */
const PRUNE_PAGE = 500

/** An item of the queue, and what this connection knows of it. */
export interface QueueEntry {
  readonly order: number
  /** As committed. */
  item: OutboxItem
  /** When it was sent on the present connection; `undefined` while no answer is awaited. */
  sentAt: number | undefined
  /** Not to be sent before. */
  notBefore: number
  /** Refusals in a row. */
  failures: number
  /** How it was sent last. */
  way?: Way
  /** Its sender cannot be hidden: no token opens the recipient's inbox. */
  isShown?: boolean
}

export interface NewItem {
  readonly to: string
  readonly content: KnownContent
  readonly wireId?: string
  /** The visible message that this item is. */
  readonly message?: { readonly conversation: string; readonly id: string }
  readonly urgent?: boolean
  /** How often the content was sent before. */
  readonly resent?: number
  /** The message whose words are in the content: they are forgotten with it. */
  readonly of?: MessageName | undefined
}

/** What becomes of a message whose words are forgotten here. */
export interface Forgetting {
  readonly isStillSent: boolean
}

export class Outbox {
  readonly #core: Core
  /** By ascending order. Mirrors the committed queue. */
  readonly entries = new Map<number, QueueEntry>()
  readonly #byWireId = new Map<string, QueueEntry>()
  /** Called when there may be something to send. Set by the sender. */
  onChange: () => void = () => undefined

  constructor(core: Core) {
    this.#core = core
  }

  async load(store: Store): Promise<void> {
    for (const { order, value } of await store.range('outbox', OUTBOX_QUEUE)) {
      this.#add(order, parseRecord(outboxRecord, value))
    }
  }

  find(wireId: string): QueueEntry | undefined {
    return this.#byWireId.get(wireId)
  }

  /** Adds an item to the end of the queue. It is sent once the draft is committed. Answers its wire id. */
  enqueue(draft: Draft, { to, content, message, urgent, resent, of, wireId = drawMessageId() }: NewItem): string {
    const order = this.#core.counters.next('outbox')
    const item: OutboxItem = {
      wireId,
      to,
      content: content as Json,
      ...(message === undefined ? {} : { message }),
      ...(urgent === true ? { urgent } : {}),
      ...(resent === undefined ? {} : { resent }),
      ...(of === undefined ? {} : { of }),
    }
    draft.put(outboxRecord, outboxKey(order), item)
    if (of !== undefined) draft.put(copyRecord, copyKey(of, order), true)
    draft.announce(() => this.#add(order, item))
    draft.announceOnce('outbox', () => this.onChange())
    return wireId
  }

  /** Tells the own other devices. Nothing is queued when there are none. */
  async enqueueForOwnDevices(draft: Draft, content: KnownContent, of?: MessageName): Promise<void> {
    const { account, device } = this.#core.requireAccount()
    const list = await knownDeviceList(draft, account)
    if (list?.devices.some(({ id }) => id !== device) === true) this.enqueue(draft, { to: account, content, of })
  }

  /** Replaces an item, with its ciphertext for instance. */
  update(draft: Draft, entry: QueueEntry, item: OutboxItem): void {
    draft.put(outboxRecord, outboxKey(entry.order), item)
    draft.announce(() => {
      entry.item = item
    })
  }

  /** Takes an item out that the relay has, and remembers its content for a device that cannot read it. */
  settle(draft: Draft, { order, item }: QueueEntry): void {
    draft.delete(outboxKey(order))
    draft.put(sentRecord, sentKey(order), {
      wireId: item.wireId,
      to: item.to,
      content: item.content,
      at: this.#core.now(),
      resent: item.resent ?? 0,
      ...(item.of === undefined ? {} : { of: item.of }),
    })
    draft.put(sentIndexRecord, sentIndexKey(item.wireId), { order })
    this.#removeLater(draft, order, item)
  }

  /** Takes an item out for good. */
  drop(draft: Draft, { order, item }: Pick<QueueEntry, 'order' | 'item'>): void {
    draft.delete(outboxKey(order))
    if (item.of !== undefined) draft.delete(copyKey(item.of, order))
    this.#removeLater(draft, order, item)
  }

  /**
   * Takes a message's words out of the queue, and out of what was sent: who has not read them will not.
   *
   * @param forgetting.isStillSent the message itself stays in the queue until the relay has it: what follows it there is about it
   */
  async forget(draft: Draft, of: MessageName, { isStillSent }: Forgetting): Promise<void> {
    for (const { order, item } of await this.#copies(draft, of)) {
      if (item === undefined) await this.#forgetSent(draft, order)
      else if (!isStillSent || !isItself(item, of)) this.drop(draft, { order, item })
    }
  }

  /** Whether a message was never on its way to anybody but own devices. */
  async isUnsent(draft: Draft, of: MessageName): Promise<boolean> {
    const itself = (await this.#copies(draft, of)).filter(({ item }) => item?.message?.id === of.id)
    return itself.length > 0 && itself.every(({ item }) => item?.sealed === undefined)
  }

  /** The items with a message's words; those that were sent without their items. */
  async #copies(draft: Draft, of: MessageName): Promise<{ order: number; item: OutboxItem | undefined }[]> {
    const copies = await draft.range(copyRecord, copiesOf(of), { after: -1, before: Infinity, limit: Infinity })
    const found: { order: number; item: OutboxItem | undefined }[] = []
    for (const { order } of copies) found.push({ order, item: await draft.get(outboxRecord, outboxKey(order)) })
    return found
  }

  /** Forgets what was sent too long ago to be asked for. */
  async prune(): Promise<void> {
    await this.#core.transact(async (draft) => {
      const oldest = await this.#core.store.range('outbox', SENT_LOG, { limit: PRUNE_PAGE })
      for (const { order, value } of oldest) {
        const sent = parseRecord(sentRecord, value)
        if (sent.at > this.#core.now() - SENT_LOG_MS) break
        await this.#forgetSent(draft, order)
      }
    })
  }

  async #forgetSent(draft: Draft, order: number): Promise<void> {
    const sent = await draft.get(sentRecord, sentKey(order))
    if (sent === undefined) return
    draft.delete(sentKey(order))
    draft.delete(sentIndexKey(sent.wireId))
    if (sent.of !== undefined) draft.delete(copyKey(sent.of, order))
  }

  #removeLater(draft: Draft, order: number, item: OutboxItem): void {
    draft.announce(() => {
      this.entries.delete(order)
      this.#byWireId.delete(item.wireId)
    })
    draft.announceOnce('outbox', () => this.onChange())
  }

  #add(order: number, item: OutboxItem): void {
    const entry: QueueEntry = { order, item, sentAt: undefined, notBefore: 0, failures: 0 }
    this.entries.set(order, entry)
    this.#byWireId.set(item.wireId, entry)
  }
}

/** Whether an item brings a message, to the other side or to own devices, and not something about it. */
function isItself({ message, content }: OutboxItem, { id }: MessageName): boolean {
  if (message?.id === id) return true
  const sync = v.safeParse(SyncSent, content)
  return sync.success && sync.output.messageId === id
}
