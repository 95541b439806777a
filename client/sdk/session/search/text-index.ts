/**
 * The texts of messages, folded, the newest last: in memory, and nowhere else. A search goes through them from the end. Folded
 * text is short beside what a processor reads in a millisecond, so that no list of words is kept, and what is forgotten is
 * gone at once.
 */

import type { SearchedKind } from './query.ts'

export interface IndexedMessage {
  readonly conversation: string
  readonly order: number
  readonly id: string
  readonly from: string
  readonly at: number
  readonly folded: string
  readonly has: ReadonlySet<SearchedKind>
}

export interface IndexQuery {
  readonly words: readonly string[]
  readonly from?: string | undefined
  readonly in?: string | undefined
  readonly has?: SearchedKind | undefined
  readonly before?: number | undefined
}

const nameOf = ({ conversation, order }: Pick<IndexedMessage, 'conversation' | 'order'>): string =>
  `${conversation} ${order}`

/** Messages whose texts are looked through together first: most have none of the words of most searches. */
const BLOCK = 256

export class TextIndex {
  #entries: (IndexedMessage | undefined)[] = []
  /** The texts of each block of entries, where they were needed since the block changed last. */
  #texts: (string | undefined)[] = []
  readonly #places = new Map<string, IndexedMessage>()
  /** Orders by conversation and id: messages are forgotten by their ids. */
  readonly #byId = new Map<string, number[]>()
  #isSorted = true

  get size(): number {
    return this.#places.size
  }

  /** When the oldest was written. */
  get since(): number | undefined {
    this.#sort()
    return this.#entries[0]?.at
  }

  /** Takes a message, in place of what was known of it. */
  put(message: IndexedMessage): void {
    const before = this.#places.get(nameOf(message))
    if (before !== undefined) this.remove(message)
    const last = this.#entries.at(-1)
    if (last !== undefined && message.at < last.at) this.#isSorted = false
    this.#texts[Math.floor(this.#entries.length / BLOCK)] = undefined
    this.#entries.push(message)
    this.#places.set(nameOf(message), message)
    const name = `${message.conversation} ${message.id}`
    const orders = this.#byId.get(name)
    if (orders === undefined) this.#byId.set(name, [message.order])
    else if (!orders.includes(message.order)) orders.push(message.order)
  }

  remove(place: Pick<IndexedMessage, 'conversation' | 'order'>): void {
    const known = this.#places.get(nameOf(place))
    if (known === undefined) return
    this.#places.delete(nameOf(place))
    const name = `${known.conversation} ${known.id}`
    const orders = this.#byId.get(name)?.filter((order) => order !== known.order) ?? []
    if (orders.length === 0) this.#byId.delete(name)
    else this.#byId.set(name, orders)
    const at = this.#entries.lastIndexOf(known)
    if (at !== -1) this.#texts[Math.floor(at / BLOCK)] = undefined
    if (at === this.#entries.length - 1) this.#entries.pop()
    else if (at !== -1) {
      // Its text goes now; its place with the next sorting.
      this.#entries[at] = undefined
      this.#isSorted = false
    }
  }

  /** Forgets messages of a conversation by their ids. */
  removeIds(conversation: string, ids: readonly string[]): void {
    for (const id of ids) {
      for (const order of this.#byId.get(`${conversation} ${id}`) ?? []) this.remove({ conversation, order })
    }
  }

  removeConversation(conversation: string): void {
    for (const place of this.#places.values()) if (place.conversation === conversation) this.remove(place)
  }

  has(place: Pick<IndexedMessage, 'conversation' | 'order'>): boolean {
    return this.#places.has(nameOf(place))
  }

  /** The newest that match, the newest first; at most `limit`. */
  find(query: IndexQuery, limit: number): IndexedMessage[] {
    this.#sort()
    const { words, from, in: conversation, has, before = Infinity } = query
    const found: IndexedMessage[] = []
    for (let at = this.#entries.length - 1; at >= 0 && found.length < limit; at -= 1) {
      const isLastOfBlock = at % BLOCK === BLOCK - 1 || at === this.#entries.length - 1
      if (isLastOfBlock && !this.#mayHave(Math.floor(at / BLOCK), words)) {
        at -= at % BLOCK
        continue
      }
      const entry = this.#entries[at]
      if (entry === undefined || entry.at >= before) continue
      if (conversation !== undefined && entry.conversation !== conversation) continue
      if (from !== undefined && entry.from !== from) continue
      if (has !== undefined && !entry.has.has(has)) continue
      if (words.every((word) => entry.folded.includes(word))) found.push(entry)
    }
    return found
  }

  /** Whether the messages of a block have all of the words, be it in several of them. */
  #mayHave(block: number, words: readonly string[]): boolean {
    const text = (this.#texts[block] ??= this.#entries
      .slice(block * BLOCK, (block + 1) * BLOCK)
      .map((entry) => entry?.folded ?? '')
      .join('\n'))
    return words.every((word) => text.includes(word))
  }

  #sort(): void {
    if (this.#isSorted) return
    this.#isSorted = true
    this.#texts = []
    this.#entries = this.#entries
      .filter((entry) => entry !== undefined)
      .sort((a, b) => a.at - b.at || (a.conversation === b.conversation ? a.order - b.order : 0))
  }
}
