/** What decrypted content does. Runs inside the transaction that reads it. */

import { type Annotation, isAnnotation } from '#protocol/content/annotation.ts'
import {
  type Content,
  type Media,
  type SyncRead,
  type Text,
  type UnknownContent,
  parseContent,
} from '#protocol/content/content.ts'
import type { TimerChange } from '#protocol/content/timer-change.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { Json } from '../store/store.ts'
import { annotate } from './annotations/annotate.ts'
import { operationBetween, targetOf } from './annotations/rules.ts'
import type { Contacts } from './contacts.ts'
import { addMessage, conversationOf, moveReadCursor, setMessageState } from './conversations.ts'
import type { Core } from './core.ts'
import type { Draft } from './draft.ts'
import { timerChanged } from './expiry/agreed.ts'
import type { Groups } from './groups/groups.ts'
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
  readonly #groups: Groups
  readonly #contacts: Contacts

  constructor(core: Core, retry: Retry, groups: Groups, contacts: Contacts) {
    this.#contacts = contacts
    this.#core = core
    this.#retry = retry
    this.#groups = groups
  }

  async apply(draft: Draft, incoming: Incoming, content: Content, effects: PageEffects): Promise<void> {
    const own = this.#core.requireAccount().account
    const { account } = incoming.from
    const isOwn = account === own
    if (!isOwn && isPersonal(content.kind) && (await conversationOf(draft, account)).blocked === true) return
    switch (content.kind) {
      case 'text':
      case 'media':
      case 'unknown':
        // Own devices speak of messages by `syncSent`; to anybody else, this is a message.
        if (!isOwn) await this.#receive(draft, incoming, incoming.messageId, content, effects)
        return
      case 'reaction':
      case 'edit':
      case 'delete':
      case 'pin':
        if (!isOwn) await this.#annotate(draft, incoming, account, incoming.messageId, content)
        return
      case 'timer':
        if (!isOwn) await this.#setTimer(draft, incoming, account, incoming.messageId, content)
        return
      case 'receipt':
        if (isOwn) return
        if (content.group !== undefined) {
          return content.receipt === 'read'
            ? this.#groups.reads.byMember(draft, content.group, account, content.messageIds)
            : undefined
        }
        for (const id of content.messageIds) await this.#confirmed(draft, account, id, content.receipt, effects)
        return
      case 'profile':
        await learnProfile(this.#core, draft, account, content)
        return
      case 'retryRequest':
        await this.#retry.answer(draft, account, content.messageId)
        return
      case 'resent': {
        // An answer may be the answer to a request for an answer. How deep it nests is bounded (M-4).
        const inner = parseContent(content.content)
        if (inner === undefined) return
        const { messageId } = content
        draft.announce(() => this.#core.events.emit('recovered', { from: account, messageId }))
        await this.apply(draft, { ...incoming, messageId }, inner, effects)
        return
      }
      case 'syncSent': {
        if (!isOwn) return
        return this.#sentByOwnDevice(draft, incoming, content.to, content.messageId, parseContent(content.content))
      }
      case 'syncRead':
        if (!isOwn) return
        return this.#readOnOwnDevice(draft, { ...content, at: content.at ?? incoming.at }, effects)
      case 'syncDelete':
        if (!isOwn) return
        for (const of of content.of) await annotate(this.#core, draft, content.conversation, of, { kind: 'hide' })
        return
      case 'syncContact':
        return isOwn ? this.#contacts.decidedElsewhere(draft, content.account, content.decision) : undefined
      case 'groupRejoinRequest':
        return this.#groups.admission.requested(draft, incoming.from, content)
      case 'groupRejoin':
        return this.#groups.admission.offered(draft, incoming.from, content)
      case 'groupHistoryRequest':
        return this.#groups.historyAnswers.requested(draft, incoming.from, content)
      case 'groupHistory':
        return this.#groups.historyWishes.answered(draft, incoming.from, content)
      case 'groupLeave':
      case 'groupProfiles':
        // Said in groups only.
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
    content: Text | Media | UnknownContent,
    { delivered }: PageEffects,
  ): Promise<void> {
    if (await isShown(draft, from.account, id)) return
    // Who is no contact learns nothing, not even that there is somebody.
    if (!(await this.#contacts.isRequest(draft, from.account))) {
      const owed = delivered.get(from.account)
      if (owed === undefined) delivered.set(from.account, [id])
      else owed.push(id)
    }
    const record = { id, from, at, state: 'received', content: toJson(content) } as const
    await addMessage(this.#core, draft, from.account, record, this.#core.requireAccount().account)
  }

  async #sentByOwnDevice(
    draft: Draft,
    { from, at }: Incoming,
    conversation: string,
    id: string,
    content: Content | undefined,
  ): Promise<void> {
    if (content?.kind === 'timer') return this.#setTimer(draft, { from, at }, conversation, id, content)
    if (content !== undefined && isAnnotation(content)) {
      return this.#annotate(draft, { from, at }, conversation, id, content)
    }
    if (content?.kind !== 'text' && content?.kind !== 'media' && content?.kind !== 'unknown') return
    if (await isShown(draft, from.account, id)) return
    await this.#contacts.wroteTo(draft, conversation)
    const record = { id, from, at, state: 'sent', content: toJson(content) } as const
    await addMessage(this.#core, draft, conversation, record, from.account)
  }

  /** In a conversation of two; a group's come by its log. */
  async #annotate(
    draft: Draft,
    { from: { account: by }, at }: Pick<Incoming, 'from' | 'at'>,
    conversation: string,
    id: string,
    annotation: Annotation,
  ): Promise<void> {
    if (await this.#groups.has(draft, conversation)) return
    const of = targetOf(annotation, by)
    const isOfBoth = of.author === conversation || of.author === this.#core.requireAccount().account
    const operation = operationBetween(annotation, { by, id, at })
    if (isOfBoth && operation !== undefined) await annotate(this.#core, draft, conversation, of, operation)
  }

  /** In a conversation of two; a group's is in its details. */
  async #setTimer(
    draft: Draft,
    { from, at }: Pick<Incoming, 'from' | 'at'>,
    conversation: string,
    id: string,
    content: TimerChange,
  ): Promise<void> {
    if (await this.#groups.has(draft, conversation)) return
    await timerChanged(this.#core, draft, conversation, { id, from, at }, content)
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

  async #readOnOwnDevice(draft: Draft, read: SyncRead & { at: number }, { hidden }: PageEffects): Promise<void> {
    const { from: author, messageIds, group, at } = read
    if (group !== undefined) return this.#groups.reads.onOwnDevice(draft, group, read, hidden)
    let upTo = 0
    for (const id of messageIds) {
      const seen = await draft.get(seenRecord, seenKey(author, id))
      if (seen?.order !== undefined && seen.conversation === author) upTo = Math.max(upTo, seen.order)
      else if (seen === undefined) {
        draft.put(seenRecord, seenKey(author, id), { early: 'read', earlyAt: at })
        hidden.push(seenKey(author, id).partition)
      }
    }
    if (upTo > 0) await moveReadCursor(this.#core, draft, author, upTo, this.#core.requireAccount().account, at)
  }
}

async function isShown(draft: Draft, author: string, id: string): Promise<boolean> {
  return (await draft.get(seenRecord, seenKey(author, id)))?.order !== undefined
}

/** What somebody says to one person; the rest is about groups that both are in. */
function isPersonal(kind: Content['kind']): boolean {
  return !kind.startsWith('group')
}

/** As it is stored: what `parseContent` made of JSON is JSON. */
function toJson(content: Text | Media | UnknownContent): Json {
  return (content.kind === 'unknown' ? content.original : content) as Json
}
