/** The timeline of each conversation, its counts, and the states of its messages. */

import * as v from 'valibot'
import { Text } from '#protocol/content/content.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import type { Json, Store } from '../store/store.ts'
import type { Core } from './core.ts'
import type { Draft } from './draft.ts'
import type { Conversation, GroupEvent, Message, MessageContent } from './events.ts'
import { type Placed, beginTimers, isRunning, mayBegin } from './expiry/begin.ts'
import { dueAt, timerOf } from './expiry/rules.ts'
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
  const { early, earlyAt } = (await draft.get(seenRecord, seen)) ?? {}
  const order = record.nextOrder
  const isOutgoing = message.from.account === own
  const timer = message.event === undefined ? timerOf(message.content) : undefined
  const added = {
    ...message,
    ...(isOutgoing && early !== undefined ? { state: early } : {}),
    ...(timer === undefined ? {} : { timer }),
  }
  const key = messageKey(conversation, order)
  draft.put(messageRecord, key, added)
  draft.put(seenRecord, seen, { conversation, order })
  const isUnread = !isOutgoing && early !== 'read' && message.event === undefined
  const isMention = isUnread && mentions(message.content, own)
  putConversation(core, draft, conversation, {
    ...record,
    nextOrder: order + 1,
    unread: record.unread + (isUnread ? 1 : 0),
    lastAt: Math.max(record.lastAt, message.at),
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
  draft.announce(() => core.events.emit('message', toMessage(conversation, order, kept, own)))
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
  { failure, sentAt }: { readonly failure?: ErrorCode; readonly sentAt?: number } = {},
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

/** Whether a text names an account. */
function mentions(content: Json, account: string): boolean {
  const text = v.safeParse(TextContent, content)
  return text.success && (text.output.mentions ?? []).some((mention) => mention.account === account)
}

const TextContent = v.variant('kind', [Text])

function toContent(content: Json): MessageContent {
  const text = v.safeParse(TextContent, content)
  if (text.success) {
    const { kind, body, styles, mentions: named } = text.output
    return { kind, body, ...(styles && { styles }), ...(named && { mentions: named }) }
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
    ...(record.readBy === undefined ? {} : { readBy: record.readBy }),
    ...(record.sharedBy === undefined ? {} : { sharedBy: record.sharedBy }),
    // Ours, made by `group-events.ts`: what somebody sent never gets there.
    content:
      record.event === undefined
        ? toContent(record.content)
        : { kind: 'groupEvent', event: record.event as unknown as GroupEvent },
    ...(record.timer === undefined ? {} : { timer: record.timer }),
    ...(isRunning(record) ? { expiresAt: dueAt(record) } : {}),
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
    ...(record.timer === undefined ? {} : { timer: record.timer }),
    ...(record.group === undefined ? {} : { group: record.group }),
  }
}

/** An own message by its id. */
export async function findMessage(
  draft: Draft,
  conversation: string,
  own: string,
  id: string,
): Promise<Message | undefined> {
  const seen = await draft.get(seenRecord, seenKey(own, id))
  if (seen?.conversation !== conversation || seen.order === undefined) return undefined
  const record = await draft.get(messageRecord, messageKey(conversation, seen.order))
  return record === undefined ? undefined : toMessage(conversation, seen.order, record, own)
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
