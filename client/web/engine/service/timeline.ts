import type { Engine, Message } from '#sdk/index.ts'
import type { TimelineItem, TimelinePage } from '../api.ts'
import type { Notices } from './notices.ts'

/** Messages that one page may have, whatever a tab asks for. */
const MOST = 500

export function toItem(message: Message): TimelineItem {
  const { id, order, outgoing, at, state, failure, content } = message
  const item = { kind: 'message', id, order, outgoing, at, state, content } as const
  return failure === undefined ? item : { ...item, failure }
}

/**
 * A page of messages, and the notices between them. Pages that follow one another by `before` or `after` miss no notice
 * and show none twice: a notice goes with the message that it stands after.
 */
export async function readTimeline(
  engine: Engine,
  notices: Notices,
  conversation: string,
  range: { readonly before?: number; readonly after?: number; readonly limit: number },
): Promise<TimelinePage> {
  const limit = Math.min(Math.max(1, Math.trunc(range.limit)), MOST)
  const messages = await engine.messages(conversation, { ...range, limit })
  const first = messages[0]?.order
  const last = messages.at(-1)?.order
  const isForward = range.after !== undefined && range.before === undefined
  const more = isForward ? (range.after ?? 0) > 0 : first !== undefined && first > 1
  // Where nothing is older, also what stands before the first message.
  const from = isForward ? (range.after ?? 0) + 1 : more ? (first ?? 0) : 0
  const to = isForward ? (last ?? -1) : (range.before ?? Infinity) - 1
  return { items: merge(messages.map(toItem), notices.between(conversation, from, to)), more }
}

/** By order; a notice after the message of its own. */
export function merge(messages: readonly TimelineItem[], notices: readonly TimelineItem[]): TimelineItem[] {
  if (notices.length === 0) return [...messages]
  return [...messages, ...notices].sort((a, b) => a.order - b.order || rank(a) - rank(b))
}

function rank(item: TimelineItem): number {
  return item.kind === 'message' ? 0 : 1
}
