/** The timeline of each conversation, its counts, and the states of its messages. */

import * as v from 'valibot'
import { Media, Text } from '#protocol/content/content.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import type { Json, Store } from '../store/store.ts'
import { takeEarly } from './annotations/early.ts'
import { annotated, pinsWith } from './annotations/places.ts'
import { quoteOf, quotesIn, toMessage } from './annotations/view.ts'
import type { Core } from './core.ts'
import type { Draft } from './draft.ts'
import type { Conversation, Message } from './events.ts'
import { type Placed, beginTimers, mayBegin } from './expiry/begin.ts'
import { timerOf } from './expiry/rules.ts'
import {
  type ConversationRecord,
  type MessageRecord,
  type MessageState,
  type Seen,
  type SendFailure,
  type Way,
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

/** Whether the relay has an own message. */
function wasSent(state: MessageState): boolean {
  return RANK[state] >= RANK.sent
}

/** The record of a conversation, or that of an empty one. */
export async function conversationOf(draft: Draft, account: string): Promise<ConversationRecord> {
  return (await draft.get(conversationRecord, conversationKey(account))) ?? EMPTY
}

export function putConversation(core: Core, draft: Draft, account: string, record: ConversationRecord): void {
  draft.put(conversationRecord, conversationKey(account), record)
  draft.announceOnce(`conversation:${account}`, () => core.events.emit('conversation', { account }))
}

/** Notes how the last message went, where that is another way than before. */
export async function noteWay(core: Core, draft: Draft, account: string, way: Way): Promise<void> {
  const record = await conversationOf(draft, account)
  if (record.way !== way) putConversation(core, draft, account, { ...record, way })
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
  const name = { author: message.from.account, id: message.id }
  const seen = seenKey(name.author, name.id)
  const { early, earlyAt } = (await draft.get(seenRecord, seen)) ?? {}
  const annotations = message.event === undefined ? await takeEarly(draft, conversation, name) : undefined
  const order = record.nextOrder
  if (annotations?.hidden === true) {
    // Deleted on another own device before it came to this one.
    draft.put(seenRecord, seen, { conversation, order })
    putConversation(core, draft, conversation, { ...record, nextOrder: order + 1 })
    return
  }
  const isOutgoing = message.from.account === own
  const timer = message.event === undefined ? timerOf(message.content) : undefined
  const added = {
    ...message,
    ...(isOutgoing && early !== undefined ? { state: early } : {}),
    ...(timer === undefined ? {} : { timer }),
    ...(annotations === undefined ? {} : annotated(message, annotations)),
  }
  const key = messageKey(conversation, order)
  draft.put(messageRecord, key, added)
  draft.put(seenRecord, seen, { conversation, order })
  const isUnread = !isOutgoing && early !== 'read' && message.event === undefined
  const isMention = isUnread && mentions(added.content, own)
  putConversation(core, draft, conversation, {
    ...record,
    nextOrder: order + 1,
    unread: record.unread + (isUnread ? 1 : 0),
    lastAt: Math.max(record.lastAt, message.at),
    ...pinsWith(record, { ...name, order }, annotations),
    ...(record.group !== undefined && isMention && { group: { ...record.group, mentions: record.group.mentions + 1 } }),
  })
  if (isOutgoing ? wasSent(added.state) : early === 'read') {
    await beginTimers(core, draft, conversation, [{ order, message: added }], isOutgoing ? message.at : earlyAt)
  }
  // Of a group, the last one that was read is named, and says it of those before.
  if (early === 'read' && !isOutgoing && record.group !== undefined) {
    await moveReadCursor(core, draft, conversation, order, own, earlyAt)
  }
  const kept = (await draft.get(messageRecord, key)) ?? added
  const shown = await shownIn(draft, conversation, order, kept, own)
  draft.announce(() => core.events.emit('message', shown))
}

/** Leaves places in a timeline before its next message, for older ones. Answers the order that they stand below. */
export async function leaveRoom(core: Core, draft: Draft, conversation: string, places: number): Promise<number> {
  const record = await conversationOf(draft, conversation)
  const nextOrder = record.nextOrder + places
  const readUpTo = record.unread === 0 ? nextOrder - 1 : record.readUpTo
  putConversation(core, draft, conversation, { ...record, nextOrder, readUpTo })
  return nextOrder
}

/** What shows a timeline is told to read it again, once for a draft. */
export function announceTimeline(core: Core, draft: Draft, conversation: string): void {
  draft.announceOnce(`timeline:${conversation}`, () => core.events.emit('timelineChanged', { conversation }))
}

/**
 * Moves a message's state; nothing happens where it has come further already. The timer of one that is sent begins.
 *
 * @param more why it failed; or when it was sent, if that was not just now
 */
export async function setMessageState(
  core: Core,
  draft: Draft,
  author: string,
  id: string,
  state: MessageState,
  { failure, sentAt }: { readonly failure?: SendFailure; readonly sentAt?: number } = {},
): Promise<void> {
  const seen = await draft.get(seenRecord, seenKey(author, id))
  if (seen?.conversation === undefined || seen.order === undefined) return
  const { conversation, order } = seen
  const message = await draft.get(messageRecord, messageKey(conversation, order))
  if (message === undefined || !mayBecome(message.state, state)) return
  const { failure: _past, ...kept } = message
  const moved = { ...kept, state, ...(failure === undefined ? {} : { failure }) }
  draft.put(messageRecord, messageKey(conversation, order), moved)
  if (wasSent(state)) await beginTimers(core, draft, conversation, [{ order, message: moved }], sentAt)
  draft.announce(() =>
    core.events.emit('messageState', { conversation, id, state, ...(failure === undefined ? {} : { failure }) }),
  )
}

/** Messages read at once when a cursor moves, so that a long absence does not load a whole history. */
const READ_PAGE = 512

/** A message of another account that was read. */
export interface Passed {
  readonly author: string
  readonly id: string
}

/**
 * Moves the read cursor up to a message's order. Answers the messages of others that it passed, in order; their timers
 * begin.
 *
 * @param readAt when they were read, if that was not just now
 */
export async function moveReadCursor(
  core: Core,
  draft: Draft,
  conversation: string,
  upTo: number,
  own: string,
  readAt?: number,
): Promise<Passed[]> {
  const record = await conversationOf(draft, conversation)
  const end = Math.min(upTo, record.nextOrder - 1)
  if (end <= record.readUpTo) return []
  const passed: Passed[] = []
  const timed: Placed[] = []
  for (let after = record.readUpTo; after < end;) {
    const page = await draft.range(messageRecord, conversation, { after, before: end + 1, limit: READ_PAGE })
    for (const { order, value: message } of page) {
      const { id, from, event, sharedBy } = message
      if (from.account === own || event !== undefined || sharedBy !== undefined) continue
      passed.push({ author: from.account, id })
      if (mayBegin(message)) timed.push({ order, message })
    }
    after = page.at(-1)?.order ?? end
  }
  await beginTimers(core, draft, conversation, timed, readAt)
  putConversation(core, draft, conversation, {
    ...record,
    readUpTo: end,
    unread: end === record.nextOrder - 1 ? 0 : Math.max(0, record.unread - passed.length),
    ...(record.group !== undefined && end === record.nextOrder - 1 && { group: { ...record.group, mentions: 0 } }),
  })
  return passed
}

/** Whether what is written names an account. */
function mentions(content: Json, account: string): boolean {
  const text = v.safeParse(WrittenContent, content)
  return text.success && (text.output.mentions ?? []).some((mention) => mention.account === account)
}

const WrittenContent = v.variant('kind', [Text, Media])

/** A message as applications see it, with what it quotes. */
export async function shownIn(
  draft: Draft,
  conversation: string,
  order: number,
  record: MessageRecord,
  own: string,
): Promise<Message> {
  const message = toMessage(conversation, order, record, own)
  if (message.quote === undefined) return message
  const { author, id } = message.quote
  const seen = await draft.get(seenRecord, seenKey(author, id))
  const place = placeIn(conversation, seen)
  const quoted = place === undefined ? undefined : await draft.get(messageRecord, messageKey(conversation, place))
  return { ...message, quote: quoteOf(message.quote, place, quoted) }
}

/** Where a message stands in a conversation, by what is known of it; a copy that a member shared is one, too. */
export function placeIn(conversation: string, seen: Seen | undefined): number | undefined {
  return seen?.conversation === conversation ? (seen.order ?? seen.shared) : undefined
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
    ...(record.timer === undefined ? {} : { timer: record.timer }),
    ...(record.way === undefined ? {} : { way: record.way }),
    ...(record.request === true ? { request: true } : {}),
    ...(record.blocked === true ? { blocked: true } : {}),
    ...((record.pins?.length ?? 0) === 0 ? {} : { pinnedMessages: record.pins?.map(({ order }) => order) ?? [] }),
    ...(record.group === undefined ? {} : { group: record.group }),
  }
}

/** A message of a conversation by its author and id. */
export async function findMessage(
  draft: Draft,
  conversation: string,
  own: string,
  { author, id }: MessageName,
): Promise<Message | undefined> {
  const order = placeIn(conversation, await draft.get(seenRecord, seenKey(author, id)))
  if (order === undefined) return undefined
  const record = await draft.get(messageRecord, messageKey(conversation, order))
  return record?.id === id ? shownIn(draft, conversation, order, record, own) : undefined
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
  const shown = await withQuotes(store, conversation, own, page)
  return isForward ? shown : shown.toReversed()
}

/** The messages at some places of a conversation; those that are gone are left out. */
export async function readMessagesAt(
  store: Store,
  conversation: string,
  own: string,
  orders: readonly number[],
): Promise<Message[]> {
  const values = await store.getMany(orders.map((order) => messageKey(conversation, order)))
  const placed = orders.flatMap((order, at) => {
    const value = values[at]
    return value === undefined ? [] : [{ order, value }]
  })
  return withQuotes(store, conversation, own, placed)
}

async function withQuotes(
  store: Store,
  conversation: string,
  own: string,
  page: readonly { readonly order: number; readonly value: Json }[],
): Promise<Message[]> {
  const messages = page.map(({ order, value }) =>
    toMessage(conversation, order, parseRecord(messageRecord, value), own),
  )
  const quoted = await findAll(store, conversation, quotesIn(messages))
  return messages.map((message) => withQuote(message, quoted))
}

function withQuote(message: Message, quoted: Awaited<ReturnType<typeof findAll>>): Message {
  if (message.quote === undefined) return message
  const { author, id } = message.quote
  const found = quoted.get(`${author} ${id}`)
  return { ...message, quote: quoteOf(message.quote, found?.order, found?.record) }
}

/** Those of some messages that a conversation has, by author and id: two reads for all. */
async function findAll(
  store: Store,
  conversation: string,
  names: readonly MessageName[],
): Promise<Map<string, { readonly order: number; readonly record: MessageRecord }>> {
  const found = new Map<string, { readonly order: number; readonly record: MessageRecord }>()
  if (names.length === 0) return found
  const seen = await store.getMany(names.map(({ author, id }) => seenKey(author, id)))
  const places = names.flatMap((name, at) => {
    const value = seen[at]
    const order = value === undefined ? undefined : placeIn(conversation, parseRecord(seenRecord, value))
    return order === undefined ? [] : [{ name, order }]
  })
  const records = await store.getMany(places.map(({ order }) => messageKey(conversation, order)))
  places.forEach(({ name: { author, id }, order }, at) => {
    const value = records[at]
    const record = value === undefined ? undefined : parseRecord(messageRecord, value)
    if (record?.id === id) found.set(`${author} ${id}`, { order, record })
  })
  return found
}
