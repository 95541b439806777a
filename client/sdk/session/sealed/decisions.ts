/** What is decided about contacts, and what follows from it. Loaded with the rest: decisions are rare. */

import type { ContactDecision } from '#protocol/content/content.ts'
import { conversationOf, putConversation, setMessageState } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { memberProfileKey, memberProfileRecord } from '../groups/records.ts'
import type { Outbox } from '../outbox.ts'
import { introduceTo } from '../profile.ts'
import type { Receipts } from '../receipts.ts'
import {
  type ConversationRecord,
  type MessageRecord,
  conversationKey,
  messageKey,
  messageRecord,
  seenKey,
  seenLogKey,
  seenLogRecord,
} from '../records.ts'
import { renewDeliveryKey } from './renew-delivery-key.ts'

export class Decisions {
  readonly #core: Core
  readonly #outbox: Outbox
  readonly #receipts: Receipts

  constructor(core: Core, outbox: Outbox, receipts: Receipts) {
    this.#core = core
    this.#outbox = outbox
    this.#receipts = receipts
  }

  /** Answers whether the delivery key is another one now. */
  async here(draft: Draft, account: string, decision: ContactDecision): Promise<boolean> {
    const record = await conversationOf(draft, account)
    if (!isOpen(record, decision)) return false
    if (decision === 'accepted') await this.#accept(draft, account, record)
    else await this.#apply(draft, account, record, decision)
    // It has the key. So from now on it is another one, which the others are given.
    const isKeyLost = decision === 'blocked' && record.profileSent
    if (isKeyLost) await renewDeliveryKey(this.#core, draft, this.#outbox, { above: 0, keepFormer: false })
    await this.#outbox.enqueueForOwnDevices(draft, { kind: 'syncContact', account, decision })
    return isKeyLost
  }

  /** By another own device. */
  async elsewhere(draft: Draft, account: string, decision: ContactDecision): Promise<void> {
    const record = await conversationOf(draft, account)
    if (decision === 'accepted' && record.request === true) {
      putConversation(this.#core, draft, account, { ...without(record, 'request'), profileSent: true })
    } else if (decision !== 'accepted') {
      await this.#apply(draft, account, record, decision)
    }
  }

  async #accept(draft: Draft, account: string, record: ConversationRecord): Promise<void> {
    putConversation(this.#core, draft, account, without(record, 'request'))
    await introduceTo(this.#core, draft, this.#outbox, account)
    // What was kept back while it was a request.
    const messages = await this.#messagesOf(draft, account)
    const delivered = messages.filter(({ order }) => order > record.readUpTo).map(({ id }) => id)
    const read = messages.filter(({ order }) => order <= record.readUpTo).map(({ id }) => ({ author: account, id }))
    if (delivered.length > 0) this.#receipts.owe(draft, new Map([[account, delivered]]))
    if (read.length > 0) await this.#receipts.read(draft, read)
  }

  async #apply(
    draft: Draft,
    account: string,
    record: ConversationRecord,
    decision: Exclude<ContactDecision, 'accepted'>,
  ): Promise<void> {
    if (decision === 'unblocked') {
      return putConversation(this.#core, draft, account, without(record, 'blocked'))
    }
    if (decision === 'deleted') {
      if (record.request === true) await this.#forget(draft, account, undefined)
      return
    }
    await this.#dropQueue(draft, account)
    // Whoever is not told anything any more is no contact; once unblocked, it is introduced to again.
    const blocked: ConversationRecord = { ...without(record, 'request'), blocked: true, profileSent: false }
    if (record.request === true) await this.#forget(draft, account, blocked)
    else putConversation(this.#core, draft, account, blocked)
  }

  /** Takes the messages out of a conversation, whose record is another one afterwards, or none. */
  async #forget(draft: Draft, account: string, after: ConversationRecord | undefined): Promise<void> {
    const messages = await this.#messagesOf(draft, account)
    for (const { order, message } of messages) {
      draft.delete(messageKey(account, order))
      await this.#core.forgetFiles(draft, account, message)
    }
    // That they were here is known for as long as copies may come.
    const partitions = messages.map(({ id }) => seenKey(account, id).partition)
    if (partitions.length > 0) {
      draft.put(seenLogRecord, seenLogKey(this.#core.counters.next('seenLog')), { at: this.#core.now(), partitions })
    }
    if (after === undefined) {
      const { name, username, deliveryKey: known } = await conversationOf(draft, account)
      draft.delete(conversationKey(account))
      // It was told once, and is not told again: the next request has a name, too, and is answered unseen.
      if (name !== undefined) {
        const named = username === undefined ? {} : { username }
        const deliveryKey = known && { key: known.key, version: known.version }
        const told = { name, isOwn: true, ...named, ...(deliveryKey && { deliveryKey }) }
        draft.put(memberProfileRecord, memberProfileKey(account), told)
      }
    } else putConversation(this.#core, draft, account, { ...after, unread: 0, readUpTo: after.nextOrder - 1 })
    draft.announceOnce(`conversation:${account}`, () => this.#core.events.emit('conversation', { account }))
    draft.announceOnce(`timeline:${account}`, () =>
      this.#core.events.emit('timelineChanged', { conversation: account }),
    )
  }

  /** What the account wrote, and is still here. */
  async #messagesOf(
    draft: Draft,
    account: string,
  ): Promise<{ readonly order: number; readonly id: string; readonly message: MessageRecord }[]> {
    const all = await draft.range(messageRecord, account, { after: 0, before: Infinity, limit: Infinity })
    return all.flatMap(({ order, value: message }) =>
      message.from.account === account ? [{ order, id: message.id, message }] : [],
    )
  }

  async #dropQueue(draft: Draft, account: string): Promise<void> {
    const own = this.#core.requireAccount().account
    for (const entry of this.#outbox.entries.values()) {
      if (entry.item.to !== account) continue
      this.#outbox.drop(draft, entry)
      const { message } = entry.item
      if (message !== undefined) await setMessageState(this.#core, draft, own, message.id, 'failed')
    }
  }
}

/** Whether there is anything to decide. */
function isOpen({ request, blocked }: ConversationRecord, decision: ContactDecision): boolean {
  if (decision === 'blocked') return blocked !== true
  return decision === 'unblocked' ? blocked === true : request === true
}

function without(record: ConversationRecord, key: 'request' | 'blocked'): ConversationRecord {
  const { [key]: _decided, ...kept } = record
  return kept
}
