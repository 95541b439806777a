/** What decrypted content does. Runs inside the transaction that reads it. */

import { type Content, type Text, type UnknownContent, parseContent } from '#protocol/content/content.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { Json } from '../store/store.ts'
import { addMessage, moveReadCursor, setMessageState } from './conversations.ts'
import type { Core } from './core.ts'
import type { Draft } from './draft.ts'
import { learnProfile } from './profile.ts'
import { seenKey, seenRecord } from './records.ts'
import type { Retry } from './retry.ts'

export interface Incoming {
  readonly from: DeviceAddress
  readonly messageId: string
  /** When the relay accepted it. */
  readonly at: number
}

/** What a page of the inbox collects besides its records. */
export interface PageEffects {
  /** Ids to confirm the delivery of, by author. */
  readonly delivered: Map<string, string[]>
  /** Partitions of `seen` records that no visible message has: they go when the relay has forgotten the message. */
  readonly hidden: string[]
}

export class Applier {
  readonly #core: Core
  readonly #retry: Retry

  constructor(core: Core, retry: Retry) {
    this.#core = core
    this.#retry = retry
  }

  async apply(draft: Draft, incoming: Incoming, content: Content, effects: PageEffects): Promise<void> {
    const own = this.#core.requireAccount().account
    const { account } = incoming.from
    const isOwn = account === own
    switch (content.kind) {
      case 'text':
      case 'unknown':
        // Own devices speak of messages by `syncSent`; to anybody else, this is a message.
        if (!isOwn) await this.#receive(draft, incoming, incoming.messageId, content, effects)
        return
      case 'receipt':
        if (isOwn) return
        for (const id of content.messageIds) await this.#confirmed(draft, account, id, content.receipt, effects)
        return
      case 'profile':
        await learnProfile(this.#core, draft, account, content)
        return
      case 'retryRequest':
        await this.#retry.answer(draft, account, content.messageId)
        return
      case 'resent': {
        const inner = visible(content.content)
        if (!isOwn && inner !== undefined) await this.#receive(draft, incoming, content.messageId, inner, effects)
        return
      }
      case 'syncSent': {
        const inner = visible(content.content)
        if (!isOwn || inner === undefined) return
        await this.#sentByOwnDevice(draft, incoming, content.to, content.messageId, inner)
        return
      }
      case 'syncRead':
        if (isOwn) await this.#readOnOwnDevice(draft, content.from, content.messageIds, effects)
        return
      case 'typing':
        // Only meant for the moment: stored by a relay, it says nothing any more.
        return
    }
  }

  async #receive(
    draft: Draft,
    { from, at }: Incoming,
    id: string,
    content: Text | UnknownContent,
    { delivered }: PageEffects,
  ): Promise<void> {
    if (await isShown(draft, from.account, id)) return
    const owed = delivered.get(from.account)
    if (owed === undefined) delivered.set(from.account, [id])
    else owed.push(id)
    const record = { id, from, at, state: 'received', content: toJson(content) } as const
    await addMessage(this.#core, draft, from.account, record, this.#core.requireAccount().account)
  }

  async #sentByOwnDevice(
    draft: Draft,
    { from, at }: Incoming,
    conversation: string,
    id: string,
    content: Text | UnknownContent,
  ): Promise<void> {
    if (await isShown(draft, from.account, id)) return
    const record = { id, from, at, state: 'sent', content: toJson(content) } as const
    await addMessage(this.#core, draft, conversation, record, from.account)
  }

  /** A receipt of `reader` for an own message, which may have been sent by another device and not be here yet. */
  async #confirmed(
    draft: Draft,
    reader: string,
    id: string,
    state: 'delivered' | 'read',
    { hidden }: PageEffects,
  ): Promise<void> {
    const own = this.#core.requireAccount().account
    const seen = await draft.get(seenRecord, seenKey(own, id))
    if (seen?.conversation === reader) {
      await setMessageState(this.#core, draft, own, id, state)
    } else if (seen === undefined || seen.early === 'delivered') {
      draft.put(seenRecord, seenKey(own, id), { early: state })
      hidden.push(seenKey(own, id).partition)
    }
  }

  async #readOnOwnDevice(draft: Draft, author: string, ids: readonly string[], { hidden }: PageEffects): Promise<void> {
    let upTo = 0
    for (const id of ids) {
      const seen = await draft.get(seenRecord, seenKey(author, id))
      if (seen?.order !== undefined && seen.conversation === author) upTo = Math.max(upTo, seen.order)
      else if (seen === undefined) {
        draft.put(seenRecord, seenKey(author, id), { early: 'read' })
        hidden.push(seenKey(author, id).partition)
      }
    }
    if (upTo > 0) await moveReadCursor(this.#core, draft, author, upTo, this.#core.requireAccount().account)
  }
}

async function isShown(draft: Draft, author: string, id: string): Promise<boolean> {
  return (await draft.get(seenRecord, seenKey(author, id)))?.order !== undefined
}

/** As it is stored: what `parseContent` made of JSON is JSON. */
function toJson(content: Text | UnknownContent): Json {
  return (content.kind === 'unknown' ? content.original : content) as Json
}

/** Content that stands in a timeline. */
function visible(json: unknown): Text | UnknownContent | undefined {
  const content = parseContent(json)
  return content?.kind === 'text' || content?.kind === 'unknown' ? content : undefined
}
