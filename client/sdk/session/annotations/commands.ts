/** What a user does to messages: each takes effect here at once, or when the group's log has it, and goes out with the rest. */

import * as v from 'valibot'
import { type Annotation, Edit, Emoji } from '#protocol/content/annotation.ts'
import type { Text } from '#protocol/content/content.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import type { Words } from '#protocol/content/text.ts'
import { LIMITS } from '#protocol/limits.ts'
import { conversationOf, placeIn, readMessagesAt } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { ContentInvalidError, MessageNotFoundError, TooManyPinnedError } from '../errors.ts'
import type { Message } from '../events.ts'
import type { GroupAnnotating } from '../groups/annotating.ts'
import { drawMessageId } from '../message-id.ts'
import type { MediaPlace } from '../media/status.ts'
import type { Outbox } from '../outbox.ts'
import { type MessageRecord, messageKey, messageRecord, seenKey, seenRecord } from '../records.ts'
import { nextRevision } from '../revision.ts'
import { say } from '../say.ts'
import { annotate } from './annotate.ts'
import { feelingOf, isPinned, latestWords } from './model.ts'
import { operationBetween, targetOf } from './rules.ts'
import { type PlainWords, currentFiles, currentText, filesIn, textIn, wordsOf } from './view.ts'

/** Words that a text had. */
export interface TextVersion extends PlainWords {
  readonly at: number
}

/** What the commands need besides the core. */
export interface AnnotationParts {
  readonly outbox: Outbox
  readonly groups: {
    has(draft: Draft, id: string): Promise<boolean>
    isUnsent(group: string, of: MessageName): boolean
    readonly annotating: GroupAnnotating
  }
  /** Whether the files of an own message are not all stored yet: then nobody has it. */
  readonly isStoring: (id: string) => Promise<boolean>
  readonly sendText: (conversation: string, text: Text, id: string) => Promise<void>
  readonly forwardFiles: (place: Omit<MediaPlace, 'item'>, to: string, id: string) => Promise<void>
}

export class Annotations {
  readonly #core: Core
  readonly #parts: AnnotationParts

  constructor(core: Core, parts: AnnotationParts) {
    this.#core = core
    this.#parts = parts
  }

  /**
   * Says by one emoji how one feels about a message, in place of the former one; `undefined` takes that back.
   *
   * @throws MessageNotFoundError; ContentInvalidError when that is not one emoji
   */
  async react(conversation: string, of: MessageName, emoji: string | undefined): Promise<void> {
    if (emoji !== undefined && !v.is(Emoji, emoji)) throw new ContentInvalidError('not one emoji')
    await this.#core.transact(async (draft) => {
      const { annotations = {} } = await this.#find(draft, conversation, of)
      const before = feelingOf(annotations, this.#own)
      if (before?.emoji === emoji) return
      const revision = nextRevision(before)
      const reaction = {
        kind: 'reaction',
        of: nameOf(of),
        ...(emoji === undefined ? {} : { emoji }),
        revision,
      } as const
      await this.#say(draft, conversation, reaction)
    })
  }

  /**
   * Changes the words of an own text, or those below own files. The former ones stay readable for everyone.
   *
   * @throws MessageNotFoundError unless it is an own text, or files, that did not fail; ContentInvalidError as `sendText`
   */
  async edit(conversation: string, id: string, words: Words): Promise<void> {
    await this.#core.transact(async (draft) => {
      const message = await this.#find(draft, conversation, { author: this.#own, id })
      const written = currentText(message) ?? currentFiles(message)
      if (written === undefined || message.state === 'failed') throw new MessageNotFoundError()
      const revision = nextRevision(latestWords(message.annotations ?? {}))
      const edit = v.safeParse(Edit, { kind: 'edit', of: id, ...words, revision })
      if (!edit.success) throw new ContentInvalidError(edit.issues[0].message)
      const { body = '', styles, mentions } = written
      if (JSON.stringify(wordsOf(edit.output)) === JSON.stringify(wordsOf({ body, styles, mentions }))) return
      await this.#say(draft, conversation, edit.output)
    })
  }

  /**
   * Deletes a message for everyone: an own one, or in a group also one of somebody with a lower role, for moderators and
   * above. Others' clients are asked to, and do; whoever has read it has read it. One that was never sent is not sent any
   * more, and leaves nothing.
   *
   * @throws MessageNotFoundError unless it may be deleted; GroupError `roleInsufficient`
   */
  async deleteForEveryone(conversation: string, of: MessageName): Promise<void> {
    await this.#core.transact(async (draft) => {
      const message = await this.#find(draft, conversation, of, { isDeletedToo: true })
      if (message.annotations?.deleted !== undefined) return
      if (of.author === this.#own && (await this.#isUnsent(draft, message, conversation))) {
        return this.#deleteForMe(draft, conversation, [of])
      }
      const isGroup = await this.#parts.groups.has(draft, conversation)
      if (!isGroup && of.author !== this.#own) throw new MessageNotFoundError()
      await this.#say(draft, conversation, { kind: 'delete', of: nameOf(of) })
    })
  }

  /** Deletes messages from all devices of this account. One that was not sent yet is not sent any more. Those that are gone are left. */
  async deleteForMe(conversation: string, of: readonly MessageName[]): Promise<void> {
    await this.#core.transact((draft) => this.#deleteForMe(draft, conversation, of))
  }

  /**
   * Holds a message up for everyone, or does so no longer. In groups, moderators and above may.
   *
   * @throws MessageNotFoundError; TooManyPinnedError; GroupError `roleInsufficient`
   */
  async setPinned(conversation: string, of: MessageName, pinned: boolean): Promise<void> {
    await this.#core.transact(async (draft) => {
      const { annotations = {} } = await this.#find(draft, conversation, of)
      if (isPinned(annotations) === pinned) return
      const { pins = [] } = await conversationOf(draft, conversation)
      if (pinned && pins.length >= LIMITS.pinnedMessages) throw new TooManyPinnedError()
      // In a group the log orders pins, and its seqs may be far above what a revision may be.
      const isGroup = await this.#parts.groups.has(draft, conversation)
      const revision = isGroup ? 1 : nextRevision(annotations.pin)
      await this.#say(draft, conversation, { kind: 'pin', of: nameOf(of), pinned, revision })
    })
  }

  /** The pinned messages of a conversation, the newest message last. */
  async pinned(conversation: string): Promise<Message[]> {
    const { pins = [] } = await this.#core.transact((draft) => conversationOf(draft, conversation))
    const orders = pins.slice(-LIMITS.pinnedMessages).map(({ order }) => order)
    return readMessagesAt(this.#core.store, conversation, this.#own, orders)
  }

  /**
   * Sends a text, or files with what is written below them, to another conversation, marked as forwarded: who wrote it is not
   * told, and accounts that are named in it are not. Files are sealed and stored anew, and brought here first where they are not.
   *
   * @param id the new message's; the same under the same id is sent once
   * @throws MessageNotFoundError unless it is a text or has files; StoreFullError; GroupError
   */
  async forward(conversation: string, of: MessageName, to: string, id: string = drawMessageId()): Promise<string> {
    const { text, order } = await this.#core.transact(async (draft) => {
      const found = placeIn(conversation, await draft.get(seenRecord, seenKey(of.author, of.id)))
      return { text: currentText(await this.#find(draft, conversation, of)), order: found ?? 0 }
    })
    if (text === undefined) {
      await this.#parts.forwardFiles({ conversation, order, id: of.id }, to, id)
      return id
    }
    const { body, styles } = text
    await this.#parts.sendText(to, { kind: 'text', body, ...(styles && { styles }), forwarded: true }, id)
    return id
  }

  /** All words that a text, or files, had: the first ones first, which of files can be none, and those that count now last. @throws MessageNotFoundError */
  async versions(conversation: string, of: MessageName): Promise<TextVersion[]> {
    const { content, at, annotations } = await this.#core.transact((draft) => this.#find(draft, conversation, of))
    const written = textIn(content) ?? filesIn(content)
    if (written === undefined) throw new MessageNotFoundError()
    const { body = '', styles, mentions } = written
    const later = annotations?.versions ?? []
    return [versionOf({ body, styles, mentions }, at)].concat(later.map((version) => versionOf(version, version.at)))
  }

  async #deleteForMe(draft: Draft, conversation: string, of: readonly MessageName[]): Promise<void> {
    for (const name of of) await annotate(this.#core, draft, conversation, name, { kind: 'hide' })
    for (let at = 0; at < of.length; at += LIMITS.deletedAtOnce) {
      const some = of.slice(at, at + LIMITS.deletedAtOnce).map(nameOf)
      await this.#parts.outbox.enqueueForOwnDevices(draft, { kind: 'syncDelete', conversation, of: some })
    }
  }

  /** Whether nobody but own devices can have an own message. */
  async #isUnsent(draft: Draft, { id, state }: MessageRecord, conversation: string): Promise<boolean> {
    if (state === 'failed' || (await this.#parts.isStoring(id))) return true
    const of = { author: this.#own, id }
    return (await this.#parts.outbox.isUnsent(draft, of)) || this.#parts.groups.isUnsent(conversation, of)
  }

  get #own(): string {
    return this.#core.requireAccount().account
  }

  /** A message that something can be done to. @throws MessageNotFoundError */
  async #find(
    draft: Draft,
    conversation: string,
    { author, id }: MessageName,
    { isDeletedToo = false } = {},
  ): Promise<MessageRecord> {
    const order = placeIn(conversation, await draft.get(seenRecord, seenKey(author, id)))
    const message = order === undefined ? undefined : await draft.get(messageRecord, messageKey(conversation, order))
    if (message?.id !== id || message.event !== undefined) throw new MessageNotFoundError()
    if (message.annotations?.deleted !== undefined && !isDeletedToo) throw new MessageNotFoundError()
    return message
  }

  async #say(draft: Draft, conversation: string, annotation: Annotation): Promise<void> {
    if ('revision' in annotation && annotation.revision > LIMITS.revisionStep) {
      throw new ContentInvalidError('It was changed too often.')
    }
    const id = drawMessageId()
    const { account } = this.#core.requireAccount()
    const of = targetOf(annotation, account)
    if (await this.#parts.groups.has(draft, conversation)) {
      return this.#parts.groups.annotating.say(draft, conversation, annotation, id)
    }
    const operation = operationBetween(annotation, { by: account, id, at: this.#core.now() })
    if (operation === undefined) throw new MessageNotFoundError()
    await annotate(this.#core, draft, conversation, of, operation)
    // What is about a message goes with it; that it was deleted does not.
    const copyOf = annotation.kind === 'delete' ? {} : { of }
    await say(this.#core, draft, this.#parts.outbox, conversation, annotation, { id, ...copyOf })
  }
}

function versionOf(words: Words, at: number): TextVersion {
  return { ...wordsOf(words), at }
}

function nameOf({ author, id }: MessageName): MessageName {
  return { author, id }
}
