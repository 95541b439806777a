import { parseRecord } from '#sdk/session/records.ts'
import type { Store } from '#sdk/store/store.ts'
import type { TimelineItem } from '../api.ts'
import { type Notice, noticeKey, noticeRecord } from './ui-records.ts'
import type { WriteBehind } from './write-behind.ts'

/** Kept for each conversation; older ones go first. Bounds what a hostile sender can fill. */
const KEPT = 200

interface Numbered extends Notice {
  readonly number: number
}

/** The lines between the messages, whole in memory: they are rare. */
export class Notices {
  readonly #writes: WriteBehind
  readonly #byConversation = new Map<string, Numbered[]>()
  #next = 1

  constructor(writes: WriteBehind) {
    this.#writes = writes
  }

  static async load(store: Store, writes: WriteBehind): Promise<Notices> {
    const notices = new Notices(writes)
    for (const { order, value } of await store.all('message')) {
      notices.#keep({ ...parseRecord(noticeRecord, value), number: order })
    }
    return notices
  }

  /** Answers how it stands in the timeline, and when it is durable. */
  add(notice: Notice): { readonly item: TimelineItem; readonly saved: Promise<void> } {
    const number = this.#next
    this.#keep({ ...notice, number })
    const saved = this.#writes.write({ put: noticeKey(notice.conversation, number), value: notice })
    return { item: toItem({ ...notice, number }), saved }
  }

  /** A message that could not be read has come. Answers the ids of the lines that go, and when that is durable. */
  resolve(
    conversation: string,
    messageId: string,
  ): { readonly removed: readonly string[]; readonly saved: Promise<unknown> } {
    const found = this.#byConversation.get(conversation)?.filter((notice) => notice.messageId === messageId) ?? []
    return { removed: found.map(idOf), saved: Promise.all(found.map((notice) => this.#remove(notice))) }
  }

  /** Those that stand after a message from `from` up to `to`, inclusive. */
  between(conversation: string, from: number, to: number): TimelineItem[] {
    const all = this.#byConversation.get(conversation) ?? []
    return all.filter(({ after }) => after >= from && after <= to).map(toItem)
  }

  #keep(notice: Numbered): void {
    this.#next = Math.max(this.#next, notice.number + 1)
    const list = this.#byConversation.get(notice.conversation) ?? []
    this.#byConversation.set(notice.conversation, list)
    list.push(notice)
    const [oldest] = list
    if (list.length > KEPT && oldest !== undefined) void this.#remove(oldest).catch(() => undefined)
  }

  #remove(notice: Numbered): Promise<void> {
    const list = this.#byConversation.get(notice.conversation) ?? []
    const at = list.indexOf(notice)
    if (at !== -1) list.splice(at, 1)
    return this.#writes.write({ delete: noticeKey(notice.conversation, notice.number) })
  }
}

const idOf = ({ number }: Numbered): string => `notice-${number}`

function toItem(numbered: Numbered): TimelineItem {
  const { after, at, notice, asked } = numbered
  const item = { kind: 'notice', id: idOf(numbered), order: after, at, notice } as const
  return asked === undefined ? item : { ...item, asked }
}
