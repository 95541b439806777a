/** What is said in the fake engine's conversations besides texts, and what is done to those. */

import type { MessageName } from '#protocol/content/message-name.ts'
import type { EngineApi, Reactor, SearchHitView, TimelineItem, Version } from '../engine/api.ts'
import { fakeId, previewOf } from './fake-conversations.ts'
import type { FakeHost } from './fake-groups.ts'

type MessageItem = Extract<TimelineItem, { kind: 'message' }>
type ContentCommands = Pick<
  EngineApi,
  | 'setTimer'
  | 'decide'
  | 'react'
  | 'editMessage'
  | 'deleteMessage'
  | 'pinMessage'
  | 'pinnedMessages'
  | 'forwardMessage'
  | 'versionsOf'
  | 'reactionsOf'
  | 'search'
>

const SELF = fakeId('self')
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export class FakeContent {
  readonly #host: FakeHost
  readonly #forward: (conversation: string, content: MessageItem['content'], id: string) => void
  readonly #versions = new Map<string, readonly Version[]>()
  #made = 0

  constructor(host: FakeHost, forward: (conversation: string, content: MessageItem['content'], id: string) => void) {
    this.#host = host
    this.#forward = forward
  }

  #timelineOf(id: string) {
    return (this.#host.conversations.get(id) ?? this.#host.fail('unknownRecipient')).timeline
  }

  #find(conversation: string, id: string): MessageItem {
    const timeline = this.#timelineOf(conversation)
    for (let order = timeline.lastOrder; order > 0; order--) {
      const item = timeline.message(order)
      if (item?.id === id) return item
    }
    return this.#host.fail('notFound')
  }

  #change(conversation: string, item: MessageItem): void {
    const timeline = this.#timelineOf(conversation)
    timeline.change(item)
    this.#host.emit({ type: 'items', conversation, items: [item] })
    const { preview } = previewOf(timeline)
    if (timeline.last()?.id === item.id && preview !== undefined) this.#host.change(conversation, { preview })
  }

  readonly commands: ContentCommands = {
    decide: async (id, decision) => {
      await wait(20)
      if (decision === 'deleted') {
        this.#host.conversations.delete(id)
        return this.#host.emit({ type: 'conversationRemoved', id })
      }
      this.#host.change(id, decision === 'blocked' ? { blocked: true } : {}, [
        'request',
        ...(decision === 'blocked' ? [] : ['blocked' as const]),
      ])
    },
    setTimer: async (id, seconds) => {
      await wait(20)
      const timeline = this.#timelineOf(id)
      const event = { event: 'timer', by: SELF, seconds } as const
      const place = { id: fakeId(`timer${++this.#made}`), at: Date.now() }
      const item = timeline.appendEvent({ kind: 'groupEvent', ...place, event, names: {} })
      this.#host.emit({ type: 'items', conversation: id, items: [item] })
      const change = { ...previewOf(timeline), ...(seconds === 0 ? {} : { timer: seconds }) }
      this.#host.change(id, change, seconds === 0 ? ['timer'] : [])
    },
    react: async (conversation, { id }, emoji) => {
      await wait(20)
      const { reactions = [], ...item } = this.#find(conversation, id)
      const others = reactions.flatMap((one) => {
        if (!one.isOwn) return [one]
        return one.count === 1 ? [] : [{ ...one, count: one.count - 1, isOwn: false }]
      })
      const same = others.find((one) => one.emoji === emoji)
      const own = emoji === undefined ? [] : [{ emoji, count: (same?.count ?? 0) + 1, isOwn: true }]
      const all = [...others.filter((one) => one !== same), ...own]
      this.#change(conversation, { ...item, ...(all.length === 0 ? {} : { reactions: all }) })
    },
    editMessage: async (conversation, id, body, styles, mentions) => {
      await wait(20)
      const item = this.#find(conversation, id)
      const former = await this.commands.versionsOf(conversation, { author: SELF, id })
      const words = { body, ...(styles.length > 0 ? { styles } : {}), ...(mentions.length > 0 ? { mentions } : {}) }
      this.#versions.set(id, [...former, { ...words, at: Date.now() }])
      const content =
        item.content.kind === 'media'
          ? ({ kind: 'media', items: item.content.items, ...words } as const)
          : ({ kind: 'text', ...words } as const)
      this.#change(conversation, { ...item, content, edited: { at: Date.now() } })
    },
    deleteMessage: async (conversation, { author, id }, isForEveryone) => {
      await wait(20)
      const { reactions: _r, edited: _e, pinned: _p, quote: _q, ...item } = this.#find(conversation, id)
      if (isForEveryone) return this.#change(conversation, { ...item, content: { kind: 'deleted', by: author } })
      const timeline = this.#timelineOf(conversation)
      timeline.remove(item.order)
      this.#host.emit({ type: 'itemsRemoved', conversation, ids: [id] })
      this.#host.change(conversation, previewOf(timeline))
    },
    pinMessage: async (conversation, { id }, isPinned) => {
      await wait(20)
      const { pinned: _, ...item } = this.#find(conversation, id)
      this.#change(conversation, { ...item, ...(isPinned ? { pinned: true } : {}) })
      const orders = this.#pinned(conversation).map(({ order }) => order)
      if (orders.length === 0) this.#host.change(conversation, {}, ['pinnedMessages'])
      else this.#host.change(conversation, { pinnedMessages: orders })
    },
    pinnedMessages: (conversation) => Promise.resolve(this.#pinned(conversation)),
    forwardMessage: async (conversation, { id }, to, newId) => {
      await wait(20)
      const { content } = this.#find(conversation, id)
      this.#forward(to, content, newId)
    },
    versionsOf: (conversation, { id }: MessageName) => {
      const { content, at, edited } = this.#find(conversation, id)
      if (content.kind !== 'text' && content.kind !== 'media') return this.#host.fail('notFound')
      const { body = '' } = content
      const seeded: readonly Version[] =
        edited === undefined
          ? [{ at, body }]
          : [
              { at, body: 'We meet at 6:30 by the bridge.' },
              { at: edited.at, body },
            ]
      return Promise.resolve(this.#versions.get(id) ?? seeded)
    },
    search: async ({ text, in: place, has, limit = 50 }) => {
      await wait(30)
      const word = text.toLowerCase()
      const hits: SearchHitView[] = []
      let messages = 0
      for (const [conversation, { timeline }] of this.#host.conversations) {
        if (place !== undefined && place !== conversation) continue
        for (let order = timeline.lastOrder; order > Math.max(0, timeline.lastOrder - 300); order--) {
          const item = timeline.message(order)
          if (item?.content.kind !== 'text' && item?.content.kind !== 'media') continue
          messages += 1
          const { body = '', styles } = item.content
          const rangesIn = (words: string) => {
            const start = word === '' ? -1 : words.toLowerCase().indexOf(word)
            return start === -1 ? [] : [{ start, length: word.length }]
          }
          const items = item.content.kind === 'media' ? item.content.items : []
          if (has !== undefined && !items.some(({ view }) => has === (view === 'picture' ? 'image' : view))) continue
          const files = items.map(({ view, name = '' }) => ({ view, name, ranges: rangesIn(name) }))
          const ranges = rangesIn(body)
          const isFound = word === '' ? has !== undefined : [{ ranges }, ...files].some((one) => one.ranges.length > 0)
          if (!isFound) continue
          const author = item.outgoing ? { account: SELF } : (item.author ?? { account: conversation })
          const hit = { conversation, order, at: item.at, author, body, ...(styles && { styles }), ranges }
          hits.push(files.length === 0 ? hit : { ...hit, files })
        }
      }
      hits.sort((a, b) => b.at - a.at)
      const coverage = { messages, since: Date.UTC(2026, 1, 1), state: 'complete' } as const
      return { hits: hits.slice(0, limit), more: hits.length > limit, coverage }
    },
    reactionsOf: (conversation, { id }) => {
      const { reactions = [] } = this.#find(conversation, id)
      const people = reactions.flatMap(({ emoji, count, isOwn }) =>
        Array.from({ length: count }, (_, at): Reactor => {
          if (isOwn && at === 0) return { account: SELF, emoji }
          return { account: fakeId(`${emoji}${at}`), name: `Neighbour ${at + 1}`, emoji }
        }),
      )
      return Promise.resolve(people)
    },
  }

  #pinned(conversation: string): MessageItem[] {
    const timeline = this.#timelineOf(conversation)
    const found: MessageItem[] = []
    // The long one has none.
    for (let order = Math.max(1, timeline.lastOrder - 500); order <= timeline.lastOrder; order++) {
      const item = timeline.message(order)
      if (item?.pinned === true) found.push(item)
    }
    return found
  }
}
