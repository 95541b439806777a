/** Does to a message what was said of it: in the transaction that reads it, whether or not the message is here yet. */

import type { MessageName } from '#protocol/content/message-name.ts'
import { conversationOf, placeIn, putConversation, shownIn } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import {
  type ConversationRecord,
  type MessageRecord,
  messageKey,
  messageRecord,
  seenKey,
  seenLogKey,
  seenLogRecord,
  seenRecord,
} from '../records.ts'
import { keepEarly } from './early.ts'
import { type Annotations, type Operation, merge } from './model.ts'
import { annotated, pinsWith } from './places.ts'

/** Applies an operation whose author may do it. One that was applied before changes nothing. */
export async function annotate(
  core: Core,
  draft: Draft,
  conversation: string,
  of: MessageName,
  operation: Operation,
): Promise<void> {
  const seen = await draft.get(seenRecord, seenKey(of.author, of.id))
  const order = placeIn(conversation, seen)
  if (order === undefined) {
    // One that stands in another conversation never comes to this one.
    if (seen?.order === undefined) await keepEarly(core, draft, conversation, of, operation)
    return
  }
  const message = await draft.get(messageRecord, messageKey(conversation, order))
  // It disappeared, or was deleted here; events are nobody's to change.
  if (message?.id !== of.id || message.event !== undefined) return
  if (operation.kind === 'hide') return remove(core, draft, conversation, order, message)
  const before = message.annotations ?? {}
  const annotations = merge(before, operation)
  if (annotations === before) return
  const changed = { ...message, ...annotated(message, annotations) }
  draft.put(messageRecord, messageKey(conversation, order), changed)
  if (operation.kind === 'delete') {
    await core.forgetFiles(draft, conversation, message, { forEveryone: true })
    await core.forget(draft, conversation, of, { isStillSent: true })
  }
  await pinPlace(core, draft, conversation, { ...of, order }, annotations)
  const shown = await shownIn(draft, conversation, order, changed, core.requireAccount().account)
  draft.announce(() => core.events.emit('messageChanged', shown))
}

/** Takes a message out of a timeline, with all that was made of it. That there was one stays known while a copy may come. */
async function remove(
  core: Core,
  draft: Draft,
  conversation: string,
  order: number,
  message: MessageRecord,
): Promise<void> {
  const { id, from } = message
  const name = { author: from.account, id }
  draft.delete(messageKey(conversation, order))
  await core.forgetFiles(draft, conversation, message)
  // Where it was a copy that somebody shared: the message itself is not shown any more either.
  const { shared: _shared, ...seen } = (await draft.get(seenRecord, seenKey(name.author, id))) ?? {}
  draft.put(seenRecord, seenKey(name.author, id), { ...seen, conversation, order })
  const partitions = [seenKey(name.author, id).partition]
  draft.put(seenLogRecord, seenLogKey(core.counters.next('seenLog')), { at: core.now(), partitions })
  await core.forget(draft, conversation, name, { isStillSent: false })
  const record = await conversationOf(draft, conversation)
  const isUnread =
    order > record.readUpTo && name.author !== core.requireAccount().account && message.sharedBy === undefined
  const unread = Math.max(0, record.unread - Number(isUnread))
  putConversation(core, draft, conversation, { ...record, unread, ...pinsWith(record, { ...name, order }, undefined) })
  draft.announce(() => core.events.emit('messagesExpired', { conversation, ids: [id] }))
}

/** Keeps the pins of a conversation in step with what a message's annotations say. */
export async function pinPlace(
  core: Core,
  draft: Draft,
  conversation: string,
  place: MessageName & { readonly order: number },
  annotations: Annotations | undefined,
): Promise<void> {
  const record = await conversationOf(draft, conversation)
  const pins = pinsWith(record, place, annotations)
  if (pins.pins !== undefined) putConversation(core, draft, conversation, { ...record, ...pins })
}

/** Takes messages that are gone out of the pins of their conversation. */
export async function unpin(core: Core, draft: Draft, conversation: string, orders: readonly number[]): Promise<void> {
  const record = await conversationOf(draft, conversation)
  const gone = new Set(orders)
  const pins: ConversationRecord['pins'] = record.pins?.filter(({ order }) => !gone.has(order))
  if (pins === undefined || pins.length === record.pins?.length) return
  putConversation(core, draft, conversation, { ...record, pins })
}
