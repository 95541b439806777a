/** The commands about what is said in a conversation, besides its texts. */

import type { ContactDecision, Mention, StyleRange } from '#protocol/content/content.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import type { AnnotationCommands, Engine, SearchHit, SearchQuery } from '#sdk/index.ts'
import type { EngineApi, Reactor, SearchHitView, SearchResultView, TimelineItem, Version } from '../api.ts'
import { RefusedError } from '../failure.ts'
import type { Names } from './names.ts'
import type { Rows } from './rows.ts'
import { peopleOf, personOf, prepareNames, toItem } from './timeline.ts'

export type ContentApi = Pick<
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

export class ContentService implements ContentApi {
  readonly #engine: Engine
  readonly #rows: Rows
  readonly #names: Names

  constructor(engine: Engine, rows: Rows, names: Names) {
    this.#engine = engine
    this.#rows = rows
    this.#names = names
  }

  setTimer(conversation: string, seconds: number): Promise<void> {
    return this.#engine.setTimer(conversation, seconds)
  }

  react(conversation: string, of: MessageName, emoji?: string): Promise<void> {
    return this.#annotations.react(conversation, of, emoji)
  }

  editMessage(
    conversation: string,
    id: string,
    body: string,
    styles: readonly StyleRange[],
    mentions: readonly Mention[],
  ): Promise<void> {
    return this.#annotations.edit(conversation, id, {
      body,
      ...(styles.length === 0 ? {} : { styles: [...styles] }),
      ...(mentions.length === 0 ? {} : { mentions: [...mentions] }),
    })
  }

  deleteMessage(conversation: string, of: MessageName, isForEveryone: boolean): Promise<void> {
    if (isForEveryone) return this.#annotations.deleteForEveryone(conversation, of)
    return this.#annotations.deleteForMe(conversation, [of])
  }

  pinMessage(conversation: string, of: MessageName, isPinned: boolean): Promise<void> {
    return this.#annotations.setPinned(conversation, of, isPinned)
  }

  async pinnedMessages(conversation: string): Promise<readonly TimelineItem[]> {
    const messages = await this.#annotations.pinned(conversation)
    const people = peopleOf(this.#engine, this.#names, this.#rows.isGroup(conversation))
    await prepareNames(messages, people)
    return messages.map((message) => toItem(message, people))
  }

  async forwardMessage(conversation: string, of: MessageName, to: string, id: string): Promise<void> {
    await this.#annotations.forward(conversation, of, to, id)
  }

  versionsOf(conversation: string, of: MessageName): Promise<readonly Version[]> {
    return this.#annotations.versions(conversation, of)
  }

  async reactionsOf(conversation: string, of: MessageName): Promise<readonly Reactor[]> {
    const message = await this.#engine.message(conversation, of)
    if (message === undefined) throw new RefusedError('notFound')
    const { reactions = [] } = message
    await this.#names.learn(reactions.flatMap(({ accounts }) => accounts))
    return reactions.flatMap(({ emoji, accounts }) =>
      accounts.map((account): Reactor => Object.assign(personOf(account, this.#names), { emoji })),
    )
  }

  async search(query: SearchQuery): Promise<SearchResultView> {
    const { hits, more, coverage } = await this.#engine.search(query)
    await this.#names.learn(hits.map(({ message }) => message.from))
    return { hits: hits.flatMap((hit) => hitView(hit, this.#names)), more, coverage }
  }

  get #annotations(): AnnotationCommands {
    return this.#engine.annotations
  }

  decide(conversation: string, decision: ContactDecision): Promise<void> {
    return this.#engine.decide(conversation, decision)
  }
}

function hitView({ message, ranges, names: found }: SearchHit, names: Names): SearchHitView[] {
  const { conversation, order, at, from, content } = message
  if (content.kind !== 'text' && content.kind !== 'media') return []
  const { body = '', styles } = content
  const hit = { conversation, order, at, author: personOf(from, names), body, ...(styles && { styles }), ranges }
  if (content.kind === 'text') return [hit]
  const files = content.items.map(({ view, name = '' }, item) => ({ view, name, ranges: found[item] ?? [] }))
  const named = files.filter((file) => file.ranges.length > 0)
  return [{ ...hit, files: named.length > 0 ? named : files.slice(0, 1) }]
}
