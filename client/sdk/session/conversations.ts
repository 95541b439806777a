/** The timeline of each conversation, its counts, and the states of its messages. */

import * as v from 'valibot'
import { Text } from '#protocol/content/content.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import type { Json, Store } from '../store/store.ts'
import type { Core } from './core.ts'
import type { Draft } from './draft.ts'
import type { Conversation, Message, MessageContent } from './events.ts'
import {
  type ConversationRecord,
  type MessageRecord,
  type MessageState,
  conversationKey,
  conversationRecord,
  messageKey,
  messageRecord,
  parseRecord,
  seenKey,
  seenRecord,
} from './records.ts'

const EMPTY: ConversationRecord = { nextOrder: 1, unread: 0, readUpTo: 0, lastAt: 0, profileSent: false }

/** How far a message has come. Its state never goes to a lower or equal rank, but for a failed one that is tried again. */
const RANK: Record<MessageState, number> = {
  received: 0,
  queued: 1,
  blocked: 1,
  failed: 1,
  sent: 2,
  delivered: 3,
  read: 4,
}

/** Whether a message may go from one state to another. */
export function mayBecome(from: MessageState, to: MessageState): boolean {
  return RANK[to] > RANK[from] || (RANK[to] === 1 && RANK[from] === 1 && from !== to)
}

/** The record of a conversation, or that of an empty one. */
export async function conversationOf(draft: Draft, account: string): Promise<ConversationRecord> {
  return (await draft.get(conversationRecord, conversationKey(account))) ?? EMPTY
}

export function putConversation(core: Core, draft: Draft, account: string, record: ConversationRecord): void {
  draft.put(conversationRecord, conversationKey(account), record)
  draft.announceOnce(`conversation:${account}`, () => core.events.emit('conversation', { account }))
}

/**
 * Adds a message at the end of a conversation. The caller has seen to it that it is not there yet. What was heard of it
 * before it came (see `Seen.early`) takes effect.
 */
export async function addMessage(
  core: Core,
  draft: Draft,
  conversation: string,
  message: MessageRecord,
  own: string,
): Promise<void> {
  const record = await conversationOf(draft, conversation)
  const seen = seenKey(message.from.account, message.id)
  const early = (await draft.get(seenRecord, seen))?.early
  const order = record.nextOrder
  const isOutgoing = message.from.account === own
  const added = isOutgoing && early !== undefined ? { ...message, state: early } : message
  draft.put(messageRecord, messageKey(conversation, order), added)
  draft.put(seenRecord, seen, { conversation, order })
  const isUnread = !isOutgoing && early !== 'read'
  putConversation(core, draft, conversation, {
    ...record,
    nextOrder: order + 1,
    unread: record.unread + (isUnread ? 1 : 0),
    lastAt: Math.max(record.lastAt, message.at),
  })
  draft.announce(() => core.events.emit('message', toMessage(conversation, order, added, own)))
}

/** Moves a message's state; nothing happens where it has come further already. */
export async function setMessageState(
  core: Core,
  draft: Draft,
  author: string,
  id: string,
  state: MessageState,
  failure?: ErrorCode,
): Promise<void> {
  const seen = await draft.get(seenRecord, seenKey(author, id))
  if (seen?.conversation === undefined || seen.order === undefined) return
  const { conversation, order } = seen
  const message = await draft.get(messageRecord, messageKey(conversation, order))
  if (message === undefined || !mayBecome(message.state, state)) return
  const { failure: _past, ...kept } = message
  draft.put(messageRecord, messageKey(conversation, order), {
    ...kept,
    state,
    ...(failure === undefined ? {} : { failure }),
  })
  draft.announce(() =>
    core.events.emit('messageState', { conversation, id, state, ...(failure === undefined ? {} : { failure }) }),
  )
}

/** Messages read at once when a cursor moves, so that a long absence does not load a whole history. */
const READ_PAGE = 512

/** Moves the read cursor up to a message's order. Answers the ids of the other side's messages that it passed. */
export async function moveReadCursor(
  core: Core,
  draft: Draft,
  conversation: string,
  upTo: number,
  own: string,
): Promise<string[]> {
  const record = await conversationOf(draft, conversation)
  const end = Math.min(upTo, record.nextOrder - 1)
  if (end <= record.readUpTo) return []
  const passed: string[] = []
  for (let after = record.readUpTo; after < end;) {
    const page = await core.store.range('message', conversation, { after, before: end + 1, limit: READ_PAGE })
    for (const { value } of page) {
      const message = parseRecord(messageRecord, value)
      if (message.from.account !== own) passed.push(message.id)
    }
    after = page.at(-1)?.order ?? end
  }
  putConversation(core, draft, conversation, {
    ...record,
    readUpTo: end,
    unread: end === record.nextOrder - 1 ? 0 : Math.max(0, record.unread - passed.length),
  })
  return passed
}

const TextContent = v.variant('kind', [Text])

function toContent(content: Json): MessageContent {
  const text = v.safeParse(TextContent, content)
  if (text.success) {
    const { kind, body, styles } = text.output
    return styles === undefined ? { kind, body } : { kind, body, styles }
  }
  const original = v.parse(v.looseObject({ kind: v.string() }), content)
  return { kind: 'unknown', original }
}

export function toMessage(conversation: string, order: number, record: MessageRecord, own: string): Message {
  return {
    id: record.id,
    conversation,
    order,
    from: record.from.account,
    outgoing: record.from.account === own,
    at: record.at,
    state: record.state,
    ...(record.failure === undefined ? {} : { failure: record.failure }),
    content: toContent(record.content),
  }
}

export function toConversation(account: string, record: ConversationRecord): Conversation {
  return {
    account,
    ...(record.name === undefined ? {} : { name: record.name }),
    ...(record.username === undefined ? {} : { username: record.username }),
    unread: record.unread,
    lastAt: record.lastAt,
    lastOrder: record.nextOrder - 1,
    readUpTo: record.readUpTo,
  }
}

/** A page of a conversation, by ascending order, that ends before `before`. */
export async function readMessages(
  store: Store,
  conversation: string,
  own: string,
  options: { readonly before?: number; readonly after?: number; readonly limit: number },
): Promise<Message[]> {
  const { before, after, limit } = options
  const isForward = after !== undefined && before === undefined
  const page = await store.range('message', conversation, {
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    reverse: !isForward,
    limit,
  })
  const messages = page.map(({ order, value }) =>
    toMessage(conversation, order, parseRecord(messageRecord, value), own),
  )
  return isForward ? messages : messages.toReversed()
}
