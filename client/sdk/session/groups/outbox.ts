/** Messages to groups, until they stand in the log. */

import * as v from 'valibot'
import { KnownContent } from '#protocol/content/content.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import { setMessageState } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { timerOf } from '../expiry/rules.ts'
import { drawMessageId } from '../message-id.ts'
import type { Forgetting } from '../outbox.ts'
import { parseRecord } from '../records.ts'
import { type GroupOutboxItem, groupOutboxKey, groupOutboxPartition, groupOutboxRecord } from './records.ts'

/** An item, and what this run knows of it. */
export interface GroupQueueEntry {
  readonly order: number
  /** As committed. */
  item: GroupOutboxItem
  /** The relay has it: it will come by the log. */
  isAccepted: boolean
}

export class GroupOutbox {
  readonly #core: Core
  /** By group and order, as committed. */
  readonly #queues = new Map<string, Map<number, GroupQueueEntry>>()
  /** Called when a group has something to send. */
  onChange: (group: string) => void = () => undefined

  constructor(core: Core) {
    this.#core = core
  }

  async load(group: string): Promise<void> {
    for (const { order, value } of await this.#core.store.range('outbox', groupOutboxPartition(group))) {
      this.#core.counters.passed('outbox', order)
      this.#add(group, order, parseRecord(groupOutboxRecord, value))
    }
  }

  /** What a group is to be sent, in order. */
  waiting(group: string): GroupQueueEntry[] {
    return [...(this.#queues.get(group)?.values() ?? [])].filter(({ isAccepted }) => !isAccepted)
  }

  groups(): Iterable<string> {
    return this.#queues.keys()
  }

  /** Messages that wait to be sent, in all groups. */
  get count(): number {
    let count = 0
    for (const group of this.#queues.keys()) count += this.waiting(group).length
    return count
  }

  find(group: string, wireId: string): GroupQueueEntry | undefined {
    for (const entry of this.#queues.get(group)?.values() ?? []) if (entry.item.wireId === wireId) return entry
    return undefined
  }

  /** @param wireId drawn, unless the caller has to know it */
  enqueue(
    draft: Draft,
    group: string,
    content: KnownContent,
    visibleId?: string,
    wireId: string = visibleId ?? drawMessageId(),
  ): void {
    const order = this.#core.counters.next('outbox')
    // JSON by its schema; records take it as it is.
    const json = content as never
    const item: GroupOutboxItem = {
      wireId,
      content: json,
      isVisible: visibleId !== undefined,
    }
    draft.put(groupOutboxRecord, groupOutboxKey(group, order), item)
    draft.announce(() => this.#add(group, order, item))
    draft.announceOnce(`groupOutbox:${group}`, () => this.onChange(group))
  }

  update(draft: Draft, group: string, entry: GroupQueueEntry, item: GroupOutboxItem): void {
    draft.put(groupOutboxRecord, groupOutboxKey(group, entry.order), item)
    draft.announce(() => {
      entry.item = item
    })
  }

  /** The relay has it. It stays until it comes by the log, which is how the group's history is known to hold it. */
  async accepted(draft: Draft, group: string, entry: GroupQueueEntry): Promise<void> {
    draft.announce(() => {
      entry.isAccepted = true
    })
    // Its timer runs: what it said is in the timeline only, and the next run does not send it again.
    const isTimed = timerOf(entry.item.content) !== undefined
    if (isTimed) this.update(draft, group, entry, { ...entry.item, content: null as never, isAccepted: true })
    await this.#show(draft, entry.item, 'sent')
  }

  /** It came by the log, where it stands since then. */
  async settled(draft: Draft, group: string, entry: GroupQueueEntry, sentAt: number): Promise<void> {
    this.#remove(draft, group, entry)
    await this.#show(draft, entry.item, 'sent', sentAt)
  }

  /** Whether a message was never on its way to the group. */
  isUnsent(group: string, { id }: MessageName): boolean {
    const entry = this.find(group, id)
    return entry !== undefined && entry.item.sealed === undefined && !entry.isAccepted
  }

  /** Takes a message, and what is about it, out of the queue, but for what was made ready to be sent: that may be under way. */
  forget(draft: Draft, group: string, { author, id }: MessageName, { isStillSent }: Forgetting): void {
    const isOwn = author === this.#core.requireAccount().account
    for (const entry of this.waiting(group)) {
      if (entry.item.sealed !== undefined) continue
      const content = v.safeParse(KnownContent, entry.item.content)
      if (!content.success) continue
      const { output } = content
      const isIt = !isStillSent && isOwn && entry.item.wireId === id
      const isAboutIt =
        (output.kind === 'edit' && isOwn && output.of === id) ||
        ((output.kind === 'reaction' || output.kind === 'pin') && output.of.author === author && output.of.id === id)
      if (isIt || isAboutIt) this.#remove(draft, group, entry)
    }
  }

  /** It will never be sent. */
  async failed(draft: Draft, group: string, entry: GroupQueueEntry): Promise<void> {
    this.#remove(draft, group, entry)
    await this.#show(draft, entry.item, 'failed')
  }

  /** Nothing of a group is to be sent any more. */
  async failAll(draft: Draft, group: string): Promise<void> {
    for (const entry of this.waiting(group)) await this.failed(draft, group, entry)
  }

  async #show(
    draft: Draft,
    { wireId, isVisible }: GroupOutboxItem,
    state: 'sent' | 'failed',
    sentAt?: number,
  ): Promise<void> {
    if (!isVisible) return
    const { account } = this.#core.requireAccount()
    await setMessageState(this.#core, draft, account, wireId, state, sentAt === undefined ? {} : { sentAt })
  }

  #remove(draft: Draft, group: string, { order }: GroupQueueEntry): void {
    draft.delete(groupOutboxKey(group, order))
    draft.announce(() => {
      const queue = this.#queues.get(group)
      queue?.delete(order)
      if (queue?.size === 0) this.#queues.delete(group)
    })
  }

  #add(group: string, order: number, item: GroupOutboxItem): void {
    const queue = this.#queues.get(group) ?? new Map<number, GroupQueueEntry>()
    this.#queues.set(group, queue)
    queue.set(order, { order, item, isAccepted: item.isAccepted === true })
  }
}
