/**
 * Search in the messages of this device. The index is made from the store when something is first searched for, the newest
 * messages first, kept up to date by what the engine tells, and dropped when nobody has searched for a while: nothing of it
 * is ever stored.
 */

import { conversationRecord, messageRecord, parseRecord } from '../records.ts'
import { readMessagesAt } from '../conversations.ts'
import { isStoreGone, type Core } from '../core.ts'
import type { Message, MessageContent } from '../events.ts'
import type { MediaView } from '../media/status.ts'
import { toMessage } from '../annotations/view.ts'
import { type TextRange, fold, rangesOf } from './fold.ts'
import { type SearchQuery, type SearchedKind, wordsIn } from './query.ts'
import { type IndexedMessage, TextIndex } from './text-index.ts'

/** Records that are read at once. */
const READ_PAGE = 512
/** Messages that the index has at most: some 100 MB of memory with long texts. Older ones are not searched, and that is said. */
const MOST = 500_000
/** The first answer waits this long for messages to be read. */
const PATIENCE_MS = 150
/** Without a search for so long, the index is dropped. */
const KEPT_MS = 10 * 60_000
const LIMIT = 50

const LINK = /\bhttps?:\/\/\S/i

/** What was searched. What never came to this device, disappeared or was deleted is nowhere. */
export interface SearchCoverage {
  readonly messages: number
  /** When the oldest of them was written; absent without any. */
  readonly since?: number
  /** `reading`: more is being read, ask again. `partial`: older ones are left out. */
  readonly state: 'reading' | 'partial' | 'complete'
}

export interface SearchHit {
  readonly message: Message
  /** Where the words stand in its text, or in what is written below its files. */
  readonly ranges: readonly TextRange[]
  /** Where they stand in the names of its files, for each of those. */
  readonly names: readonly (readonly TextRange[])[]
}

export interface SearchResult {
  /** The newest first. */
  readonly hits: readonly SearchHit[]
  /** There are more than asked for. */
  readonly more: boolean
  readonly coverage: SearchCoverage
}

export class Search {
  readonly #core: Core
  #index = new TextIndex()
  /** Ends the listening; `undefined` while there is no index. */
  #stops: (() => void)[] | undefined
  #reading: Promise<void> = Promise.resolve()
  #state: SearchCoverage['state'] = 'reading'
  #timer: unknown
  /** What went while the index was made: what is being read may have it still. By conversation and id. */
  #gone = new Set<string>()

  constructor(core: Core) {
    this.#core = core
  }

  /** Whatever it answers is there: what was forgotten meanwhile is not among it. */
  async find({ text, limit = LIMIT, ...filters }: SearchQuery): Promise<SearchResult> {
    this.#keep()
    await this.#settled()
    const words = wordsIn(text)
    const isEmpty = words.length === 0 && filters.has === undefined
    const found = isEmpty ? [] : this.#index.find({ words, ...filters }, limit + 1)
    const hits = await this.#hitsAt(found.slice(0, limit), words)
    return { hits, more: found.length > limit, coverage: this.#coverage() }
  }

  /** As they are in the store now. */
  async #hitsAt(places: readonly IndexedMessage[], words: readonly string[]): Promise<SearchHit[]> {
    const orders = new Map<string, number[]>()
    for (const { conversation, order } of places) {
      const known = orders.get(conversation)
      if (known === undefined) orders.set(conversation, [order])
      else known.push(order)
    }
    const read = new Map<string, Message>()
    for (const [conversation, some] of orders) {
      for (const message of await readMessagesAt(this.#core.store, conversation, this.#own, some)) {
        read.set(`${conversation} ${message.order}`, message)
      }
    }
    const hits: SearchHit[] = []
    for (const { conversation, order } of places) {
      const message = read.get(`${conversation} ${order}`)
      const found = message && searchedIn(message.content)
      if (message === undefined || found === undefined) continue
      const names = found.files.map(({ name = '' }) => rangesOf(name, words))
      hits.push({ message, ranges: rangesOf(found.body, words), names })
    }
    return hits
  }

  /** Drops the index. */
  close(): void {
    this.#core.platform.timers.clear(this.#timer)
    for (const stop of this.#stops ?? []) stop()
    this.#stops = undefined
    this.#index = new TextIndex()
    this.#gone = new Set()
    this.#state = 'reading'
  }

  get #own(): string {
    return this.#core.account?.account ?? ''
  }

  #coverage(): SearchCoverage {
    const { size: messages, since } = this.#index
    return { messages, ...(since === undefined ? {} : { since }), state: this.#state }
  }

  /** Waits until everything is read, but not for long. */
  async #settled(): Promise<void> {
    const { timers } = this.#core.platform
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = timers.set(resolve, PATIENCE_MS)
    await Promise.race([this.#reading, promise])
    timers.clear(timer)
  }

  /** Begins to read where that is not done, and keeps what was read for a while. */
  #keep(): void {
    const { timers } = this.#core.platform
    timers.clear(this.#timer)
    this.#timer = timers.set(() => this.close(), KEPT_MS)
    if (this.#stops !== undefined) return
    const { events } = this.#core
    const index = this.#index
    const gone = new Set<string>()
    this.#gone = gone
    this.#stops = [
      events.on('message', (message) => this.#put(index, message)),
      events.on('messageChanged', (message) => this.#put(index, message)),
      events.on('messagesExpired', ({ conversation, ids }) => {
        index.removeIds(conversation, ids)
        for (const id of ids) gone.add(`${conversation} ${id}`)
      }),
      events.on('timelineChanged', ({ conversation }) => {
        this.#reading = this.#reading.then(() => this.#again(index, conversation)).catch(() => undefined)
      }),
    ]
    // What fails leaves the index with what it has, and its state says that.
    this.#reading = this.#readAll(index).catch((error: unknown) => {
      if (!isStoreGone(error)) this.#state = 'partial'
    })
  }

  #put(index: TextIndex, message: Message): void {
    const { conversation, order, id, from, at, content, quote, reactions } = message
    const searched = searchedIn(content)
    if (searched === undefined) {
      this.#gone.add(`${conversation} ${id}`)
      return index.remove({ conversation, order })
    }
    const has = new Set<SearchedKind>()
    const { body, mentions, files } = searched
    if (LINK.test(body)) has.add('link')
    if (mentions > 0) has.add('mention')
    for (const { view } of files) has.add(view === 'picture' ? 'image' : view)
    if (quote !== undefined) has.add('quote')
    if ((reactions?.length ?? 0) > 0) has.add('reaction')
    // A line for each, so that no phrase goes over from one to the next.
    const folded = fold([body, ...files.map(({ name = '' }) => name)].join('\n'))
    index.put({ conversation, order, id, from, at, folded, has })
  }

  async #readAll(index: TextIndex): Promise<void> {
    const records = await this.#core.store.all('conversation')
    const recent = records
      .map(({ partition, value }) => ({ partition, lastAt: parseRecord(conversationRecord, value).lastAt }))
      .sort((a, b) => b.lastAt - a.lastAt)
    for (const { partition } of recent) {
      if (!(await this.#read(index, partition))) {
        if (index === this.#index) this.#state = 'partial'
        return
      }
    }
    if (index === this.#index) this.#state = 'complete'
  }

  /** Reads a conversation from its end. Answers whether there is room for more. */
  async #read(index: TextIndex, conversation: string): Promise<boolean> {
    for (let before: number | undefined; ;) {
      const bounds: { before?: number } = before === undefined ? {} : { before }
      const page = await this.#core.store.range('message', conversation, { ...bounds, reverse: true, limit: READ_PAGE })
      if (index !== this.#index) return false
      for (const { order, value } of page) {
        // What was told since is newer than what is read here.
        if (index.has({ conversation, order })) continue
        const record = parseRecord(messageRecord, value)
        const isGone = this.#gone.has(`${conversation} ${record.id}`)
        if (record.event === undefined && !isGone) this.#put(index, toMessage(conversation, order, record, this.#own))
      }
      if (index.size >= MOST) return false
      if (page.length < READ_PAGE) return true
      before = page.at(-1)?.order
    }
  }

  /** Messages came into a timeline, or left it, besides those at its end. */
  async #again(index: TextIndex, conversation: string): Promise<void> {
    index.removeConversation(conversation)
    await this.#read(index, conversation)
  }
}

/** What of a message can be found: its words, and its files by their names; `undefined` where there is neither. */
function searchedIn(
  content: MessageContent,
): { readonly body: string; readonly mentions: number; readonly files: readonly MediaView[] } | undefined {
  if (content.kind !== 'text' && content.kind !== 'media') return undefined
  const { body = '', mentions = [] } = content
  return { body, mentions: mentions.length, files: content.kind === 'media' ? content.items : [] }
}
