/** Receipts: kept as owed with the page that caused them, and sent together a random moment later. */

import { LIMITS } from '#protocol/limits.ts'
import { type Passed, conversationOf } from './conversations.ts'
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

  /**
   * Notes the reading of messages, and tells the own other devices at once how far was read.
   *
   * @param inGroup where they were sent to, and whether their authors are told
   */
  async read(
    draft: Draft,
    passed: readonly Passed[],
    inGroup?: { readonly group: string; readonly isConfirmed: boolean },
  ): Promise<void> {
    const where = inGroup === undefined ? {} : { group: inGroup.group }
    // In a group, the last one says it all: the log has one order for everybody.
    for (const [author, all] of byAuthor(inGroup === undefined ? passed : passed.slice(-1))) {
      for (const messageIds of inReceipts(all)) {
        await this.#outbox.enqueueForOwnDevices(draft, {
          kind: 'syncRead',
          from: author,
          messageIds,
          ...where,
          at: this.#core.now(),
        })
      }
    }
    if (!this.#core.settings.readReceipts || inGroup?.isConfirmed === false) return
    for (const [author, messageIds] of byAuthor(passed)) this.#owe(draft, author, 'read', messageIds, where.group)
  }

  close(): void {
    this.#core.platform.timers.clear(this.#timer)
    this.#timer = undefined
  }

  #owe(
    draft: Draft,
    account: string,
    receipt: 'delivered' | 'read',
    messageIds: readonly string[],
    group?: string,
  ): void {
    const key = owedReceiptsKey(this.#core.counters.next('owed'))
    draft.put(owedReceiptsRecord, key, {
      account,
      receipt,
      messageIds: [...messageIds],
      ...(group === undefined ? {} : { group }),
    })
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
        const owedNow = parseRecord(owedReceiptsRecord, value)
        const name = `${owedNow.account}:${owedNow.receipt}:${owedNow.group ?? ''}`
        const batch = batches.get(name)
        if (batch === undefined) batches.set(name, owedNow)
        else batch.messageIds.push(...owedNow.messageIds)
        draft.delete(owedReceiptsKey(order))
      }
      for (const { account, receipt, messageIds, group } of batches.values()) {
        const { request, blocked } = await conversationOf(draft, account)
        // Whoever accepts a request confirms what came in it.
        if (blocked === true || (request === true && group === undefined)) continue
        const inGroup = group === undefined ? {} : { group }
        for (const ids of inReceipts(messageIds)) {
          this.#outbox.enqueue(draft, {
            to: account,
            content: { kind: 'receipt', receipt, messageIds: ids, ...inGroup },
          })
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

function byAuthor(passed: readonly Passed[]): Map<string, string[]> {
  const ids = new Map<string, string[]>()
  for (const { author, id } of passed) ids.set(author, [...(ids.get(author) ?? []), id])
  return ids
}
