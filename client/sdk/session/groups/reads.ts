/** How far a group was read: by this account, its other devices, and the members. */

import { conversationOf, moveReadCursor, setMessageState } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { Receipts } from '../receipts.ts'
import { type Seen, messageKey, messageRecord, parseRecord, seenKey, seenRecord } from '../records.ts'
import type { GroupBook } from './book.ts'
import { loadMls } from './mls.ts'
import type { GroupOutbox } from './outbox.ts'

/** Receipts go to authors of groups up to this size: in a larger one, each message would have hundreds. */
const RECEIPT_ACCOUNTS = 200
/** Messages that are looked through at once. */
const FIND_PAGE = 256

export class GroupReads {
  readonly #core: Core
  readonly #book: GroupBook
  readonly #receipts: Receipts
  readonly #outbox: GroupOutbox

  constructor(core: Core, book: GroupBook, receipts: Receipts, outbox: GroupOutbox) {
    this.#core = core
    this.#book = book
    this.#receipts = receipts
    this.#outbox = outbox
  }

  /** Marks everything up to an order as read, and lets authors and own devices know. */
  async upTo(draft: Draft, group: string, order: number): Promise<void> {
    const { account } = this.#core.requireAccount()
    const passed = await moveReadCursor(this.#core, draft, group, order, account)
    if (passed.length === 0) return
    const { membersIn } = await loadMls()
    const state = await this.#book.state(draft, group)
    const isSmall = state !== undefined && membersIn(state).accounts.length <= RECEIPT_ACCOUNTS
    await this.#receipts.read(draft, passed, { group, isConfirmed: isSmall })
  }

  /** Where a message of a group stands, whoever wrote it: it is looked for among those that were not read. */
  async find(draft: Draft, group: string, id: string): Promise<Seen | undefined> {
    let after = (await conversationOf(draft, group)).readUpTo
    for (;;) {
      const page = await this.#core.store.range('message', group, { after, limit: FIND_PAGE })
      const found = page.find(({ value }) => parseRecord(messageRecord, value).id === id)
      if (found !== undefined) return { conversation: group, order: found.order }
      const last = page.at(-1)
      if (last === undefined) return undefined
      after = last.order
    }
  }

  /** A member has read own messages of a group. */
  async byMember(draft: Draft, group: string, reader: string, ids: readonly string[]): Promise<void> {
    const { account } = this.#core.requireAccount()
    const { membersIn } = await loadMls()
    const state = await this.#book.state(draft, group)
    // Whoever is no member cannot have read it.
    if (state === undefined || !membersIn(state).hasAccount(reader)) return
    for (const id of ids) {
      const seen = await draft.get(seenRecord, seenKey(account, id))
      if (seen?.conversation !== group || seen.order === undefined) continue
      const key = messageKey(group, seen.order)
      const message = await draft.get(messageRecord, key)
      const readers = message?.readBy ?? []
      if (message === undefined || readers.some((known) => known.account === reader)) continue
      const readBy = [...readers, { account: reader, at: this.#core.now() }]
      draft.put(messageRecord, key, { ...message, readBy })
      const told = { conversation: group, id, readers: readBy.length }
      draft.announce(() => this.#core.events.emit('readBy', told))
      // Read by somebody, so the relay has it, whether or not its answer came.
      const waiting = this.#outbox.find(group, id)
      if (waiting?.isAccepted === false) await this.#outbox.accepted(draft, group, waiting)
      await setMessageState(this.#core, draft, account, id, 'read')
    }
  }

  /**
   * Another own device had read up to this message then. One that is not here yet comes by the group's log: it takes effect
   * with it.
   *
   * @param hidden collects the partitions of records that no message has yet
   */
  async onOwnDevice(
    draft: Draft,
    group: string,
    { from, messageIds, at }: { readonly from: string; readonly messageIds: readonly string[]; readonly at: number },
    hidden: string[],
  ): Promise<void> {
    const { account } = this.#core.requireAccount()
    for (const id of messageIds) {
      const key = seenKey(from, id)
      const seen = await draft.get(seenRecord, key)
      if (seen === undefined) {
        draft.put(seenRecord, key, { early: 'read', earlyAt: at })
        hidden.push(key.partition)
      }
      if (seen?.conversation !== group || seen.order === undefined) continue
      await moveReadCursor(this.#core, draft, group, seen.order, account, at)
    }
  }
}
