import type { Engine, Message } from '#sdk/index.ts'
import type { Named, QuoteView, TimelineItem, TimelinePage } from '../api.ts'
import { type Names, namesIn } from './names.ts'
import type { Notices } from './notices.ts'

/** Messages that one page may have, whatever a tab asks for. */
const MOST = 500

/** How those in a conversation call themselves; in one of two, authors are not named. */
export interface People {
  readonly names: Names
  readonly isGroup: boolean
  /** The own account. */
  readonly own: string
}

export function peopleOf(engine: Engine, names: Names, isGroup: boolean): People {
  return { names, isGroup, own: engine.account ?? '' }
}

/** Makes sure that the names which these messages show are known, as far as the engine knows them. */
export async function prepareNames(messages: readonly Message[], people: People): Promise<void> {
  await people.names.prepare(messages.filter((message) => hasNames(message, people)))
}

/** Whether a message shows how somebody is called. */
export function hasNames({ content }: Message, { isGroup }: People): boolean {
  return isGroup || content.kind === 'groupEvent'
}

export function toItem(message: Message, { names, isGroup, own }: People): TimelineItem {
  const { id, order, outgoing, at, state, failure, content, from, readBy, timer, expiresAt, sharedBy } = message
  const { quote, forwarded, edited, reactions, pinned } = message
  if (content.kind === 'groupEvent') {
    return { kind: 'groupEvent', id, order, at, event: content.event, names: namesIn(message, names) }
  }
  return {
    kind: 'message',
    id,
    order,
    outgoing,
    ...(!isGroup || outgoing ? {} : { author: personOf(from, names) }),
    at,
    state,
    ...(failure === undefined ? {} : { failure }),
    ...(readBy === undefined ? {} : { readBy: readBy.length }),
    ...(sharedBy === undefined ? {} : { sharedBy: personOf(sharedBy, names) }),
    content,
    ...(quote === undefined ? {} : { quote: quoteView(quote, names) }),
    ...(forwarded === undefined ? {} : { forwarded }),
    ...(edited === undefined ? {} : { edited: { at: edited.at } }),
    ...(reactions === undefined
      ? {}
      : {
          reactions: reactions.map(({ emoji, accounts }) => {
            return { emoji, count: accounts.length, isOwn: accounts.includes(own) }
          }),
        }),
    ...(pinned === undefined ? {} : { pinned }),
    ...(timer === undefined ? {} : { timer }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}

function quoteView({ author, ...quote }: NonNullable<Message['quote']>, names: Names): QuoteView {
  return { ...quote, author: personOf(author, names) }
}

export function personOf(account: string, names: Names): Named {
  const name = names.of(account)
  return name === undefined ? { account } : { account, name }
}

/**
 * A page of messages, and the notices between them. Pages that follow one another by `before` or `after` miss no notice
 * and show none twice: a notice goes with the message that it stands after.
 */
export async function readTimeline(
  engine: Engine,
  notices: Notices,
  people: People,
  conversation: string,
  range: { readonly before?: number; readonly after?: number; readonly limit: number },
): Promise<TimelinePage> {
  const limit = Math.min(Math.max(1, Math.trunc(range.limit)), MOST)
  const isForward = range.after !== undefined && range.before === undefined
  // One more than asked for tells whether there are older ones: below the first, places may be free.
  const found = await engine.messages(conversation, { ...range, limit: isForward ? limit : limit + 1 })
  const messages = isForward ? found : found.slice(-limit)
  await prepareNames(messages, people)
  const first = messages[0]?.order
  const last = messages.at(-1)?.order
  const more = isForward ? (range.after ?? 0) > 0 : found.length > limit
  // Where nothing is older, also what stands before the first message.
  const from = isForward ? (range.after ?? 0) + 1 : more ? (first ?? 0) : 0
  const to = isForward ? (last ?? -1) : (range.before ?? Infinity) - 1
  const items = messages.map((message) => toItem(message, people))
  return { items: merge(items, notices.between(conversation, from, to)), more }
}

/** By order; a notice after the message of its own. */
export function merge(messages: readonly TimelineItem[], notices: readonly TimelineItem[]): TimelineItem[] {
  if (notices.length === 0) return [...messages]
  return [...messages, ...notices].sort((a, b) => a.order - b.order || rank(a) - rank(b))
}

function rank(item: TimelineItem): number {
  return item.kind === 'notice' ? 1 : 0
}
