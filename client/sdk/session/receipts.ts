/** Receipts: kept as owed with the page that caused them, and sent together a random moment later. */

import { LIMITS } from '#protocol/limits.ts'
import { isStoreGone, type Core } from './core.ts'
import type { Draft } from './draft.ts'
import type { Outbox } from './outbox.ts'
import { OWED_RECEIPTS, type OwedReceipts, owedReceiptsKey, owedReceiptsRecord, parseRecord } from './records.ts'

/** Records of owed receipts that one turn of the queue takes. */
const FLUSH_PAGE = 256

export class Receipts {
  readonly #core: Core
  readonly #outbox: Outbox
  #timer: unknown

  constructor(core: Core, outbox: Outbox) {
    this.#core = core
    this.#outbox = outbox
  }

  /** Sends what a former run owed. */
  async load(): Promise<void> {
    const owed = await this.#core.store.range('outbox', OWED_RECEIPTS, { limit: 1 })
    if (owed.length > 0) this.#flushLater()
  }

  /** Notes the delivery of messages, by author. */
  owe(draft: Draft, delivered: ReadonlyMap<string, readonly string[]>): void {
    if (!this.#core.settings.deliveryReceipts || delivered.size === 0) return
    for (const [account, messageIds] of delivered) this.#owe(draft, account, 'delivered', messageIds)
  }

  /** Notes the reading of an author's messages, and tells the own other devices at once how far was read. */
  async read(draft: Draft, author: string, messageIds: readonly string[]): Promise<void> {
    if (messageIds.length === 0) return
    for (const ids of inReceipts(messageIds)) {
      await this.#outbox.enqueueForOwnDevices(draft, { kind: 'syncRead', from: author, messageIds: ids })
    }
    if (this.#core.settings.readReceipts) this.#owe(draft, author, 'read', messageIds)
  }

  close(): void {
    this.#core.platform.timers.clear(this.#timer)
    this.#timer = undefined
  }

  #owe(draft: Draft, account: string, receipt: 'delivered' | 'read', messageIds: readonly string[]): void {
    const key = owedReceiptsKey(this.#core.counters.next('owed'))
    draft.put(owedReceiptsRecord, key, { account, receipt, messageIds: [...messageIds] })
    draft.announceOnce('receipts', () => this.#flushLater())
  }

  /** Once for all that comes until then. */
  #flushLater(): void {
    if (this.#timer !== undefined || this.#core.isClosed) return
    const [min, max] = this.#core.platform.timing.receiptDelay
    this.#timer = this.#core.platform.timers.set(
      () => {
        this.#timer = undefined
        // A failed commit leaves them owed.
        void this.#flush().catch((error: unknown) => {
          if (!isStoreGone(error)) this.#flushLater()
        })
      },
      min + this.#core.platform.random() * (max - min),
    )
  }

  async #flush(): Promise<void> {
    const isMore = await this.#core.transact(async (draft) => {
      const owed = await this.#core.store.range('outbox', OWED_RECEIPTS, { limit: FLUSH_PAGE })
      const batches = new Map<string, OwedReceipts>()
      for (const { order, value } of owed) {
        const { account, receipt, messageIds } = parseRecord(owedReceiptsRecord, value)
        const name = `${account}:${receipt}`
        const batch = batches.get(name)
        if (batch === undefined) batches.set(name, { account, receipt, messageIds: [...messageIds] })
        else batch.messageIds.push(...messageIds)
        draft.delete(owedReceiptsKey(order))
      }
      for (const { account, receipt, messageIds } of batches.values()) {
        for (const ids of inReceipts(messageIds)) {
          this.#outbox.enqueue(draft, { to: account, content: { kind: 'receipt', receipt, messageIds: ids } })
        }
      }
      return owed.length === FLUSH_PAGE
    })
    if (isMore) this.#flushLater()
  }
}

/** In the portions that one receipt may name. */
function inReceipts(ids: readonly string[]): string[][] {
  const portions: string[][] = []
  for (let at = 0; at < ids.length; at += LIMITS.receiptMessages) {
    portions.push(ids.slice(at, at + LIMITS.receiptMessages))
  }
  return portions
}
