/** All that is done with files, in one place. Loaded when the account first has to do with one; see `media.ts`. */

import * as v from 'valibot'
import { Media, type MediaItem } from '#protocol/content/content.ts'
import { LIMITS } from '#protocol/limits.ts'
import { mediaName } from '#protocol/media/object.ts'
import { sealedSize } from '#protocol/media/sizes.ts'
import { MediaCancelledError } from '../../media/errors.ts'
import type { Auth } from '../auth.ts'
import { currentFiles } from '../annotations/view.ts'
import { addMessage, conversationOf, setMessageState } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { MessageNotFoundError } from '../errors.ts'
import type { Groups } from '../groups/groups.ts'
import type { Outbox } from '../outbox.ts'
import { introduceTo } from '../profile.ts'
import {
  type SendFailure,
  messageKey,
  messageRecord,
  seenKey,
  seenLogKey,
  seenLogRecord,
  seenRecord,
} from '../records.ts'
import { wereFilesSentBefore } from '../sent-before.ts'
import { type Caption, type MediaFile, type Said, checkCaption, checkFiles, mediaOf, sealAll } from './compose.ts'
import { Copies, type Prepared, sourceIn } from './copies.ts'
import { Downloads } from './downloads.ts'
import { Endings } from './endings.ts'
import { endLater, forgetKept } from './forget.ts'
import { type Sending, USED, keptKey, keptRecord } from './records.ts'
import { releaseOf } from './release.ts'
import type { MediaPlace, MediaStatus } from './status.ts'
import { MediaTokens } from './tokens.ts'
import { Uploads, newUpload } from './uploads.ts'

const HOUR_MS = 60 * 60_000

export interface MediaDeskParts {
  readonly auth: Auth
  readonly outbox: Outbox
  readonly groups: Groups
  /** Whether what goes to an account waits for its changed key to be accepted. */
  readonly isHeld: (account: string) => boolean
}

/** A message's place, and where it is known to stand. */
type MessagePlace = Omit<MediaPlace, 'item'>

export class MediaDesk {
  readonly #core: Core
  readonly #parts: MediaDeskParts
  readonly #tokens: MediaTokens
  readonly #uploads: Uploads
  readonly #downloads: Downloads
  readonly #endings: Endings
  readonly #copies: Copies
  /** Messages whose files are being sealed, by id. */
  readonly #sealing = new Map<string, { readonly abort: AbortController; readonly done: Promise<void> }>()

  private constructor(core: Core, parts: MediaDeskParts) {
    this.#core = core
    this.#parts = parts
    this.#tokens = new MediaTokens(core, parts.auth)
    this.#downloads = new Downloads(core)
    this.#endings = new Endings(core)
    this.#copies = new Copies(core, this.#downloads, {
      keep: (draft, object, bytes) => this.#keep(draft, object, bytes),
      tell: (place, status) => this.#tell(place, status),
    })
    this.#uploads = new Uploads(core, {
      tokens: this.#tokens,
      copy: (...args) => this.#copies.complete(...args),
      stored: (draft, sending) => this.#stored(draft, sending),
      failed: (draft, { id }, failure) => this.#failed(draft, id, failure),
      tell: ({ conversation, order, id }, item, status) => this.#tell({ conversation, order, id, item }, status),
    })
  }

  static async open(core: Core, parts: MediaDeskParts): Promise<MediaDesk> {
    const desk = new MediaDesk(core, parts)
    await desk.#downloads.load()
    await desk.#uploads.load()
    // Not in its turn: it may be opened by a transaction, and nothing is read for it.
    await core.store.commit([{ put: USED, value: true }])
    return desk
  }

  connected(): void {
    this.#uploads.connected()
    this.#endings.connected()
    this.#downloads.kick()
  }

  disconnected(): void {
    this.#uploads.disconnected()
    this.#endings.disconnected()
  }

  close(): void {
    for (const { abort } of this.#sealing.values()) abort.abort()
    this.#tokens.close()
    this.#uploads.close()
    this.#downloads.close()
    this.#endings.close()
  }

  /** Once for an id, however often it is called. */
  send(conversation: string, files: readonly MediaFile[], caption: Caption, id: string): Promise<void> {
    checkFiles(files)
    checkCaption(files, caption)
    const seal = async (signal: AbortSignal): Promise<Prepared[]> => {
      const sealed = await sealAll(this.#core.platform.mediaStore, files, signal)
      return sealed.map((item) => ({ item }))
    }
    return this.#once(conversation, caption, id, seal)
  }

  /**
   * Passes files on: once for an id, however often it is called.
   *
   * @throws MessageNotFoundError when they are not there any more
   */
  async forward(place: MessagePlace, to: string, id: string): Promise<void> {
    const { media, isOwn } = await this.#filesOf(place)
    const { body, styles } = media
    const said = { ...(body === undefined ? {} : { body }), ...(styles && { styles }), forwarded: true } as const
    const { conversation, order } = place
    const of = { conversation, order, id: place.id }
    const sources = media.items.map((item, at) => {
      return (isOwn ? this.#uploads.sourceOf(place.id, at) : undefined) ?? sourceIn(item, of)
    })
    return this.#once(to, said, id, (signal) => this.#copies.begin(media.items, sources, signal))
  }

  #once(
    conversation: string,
    said: Said,
    id: string,
    prepare: (signal: AbortSignal) => Promise<Prepared[]>,
  ): Promise<void> {
    const under = this.#sealing.get(id)
    if (under !== undefined) return under.done
    const abort = new AbortController()
    const done = this.#send(conversation, said, id, prepare, abort.signal).finally(() => this.#sealing.delete(id))
    this.#sealing.set(id, { abort, done })
    return done
  }

  async #send(
    conversation: string,
    said: Said,
    id: string,
    prepare: (signal: AbortSignal) => Promise<Prepared[]>,
    signal: AbortSignal,
  ): Promise<void> {
    const own = this.#core.requireAccount()
    const { groups } = this.#parts
    const isDone = await this.#core.transact(async (draft) => {
      if (await groups.has(draft, conversation)) await groups.requireWritable(draft, conversation)
      return wereFilesSentBefore(draft, own.account, { id, conversation })
    })
    if (isDone) return
    const { mediaStore } = this.#core.platform
    const prepared = await prepare(signal)
    try {
      await this.#core.transact(async (draft) => {
        if (signal.aborted) throw new MediaCancelledError()
        const isGroup = await groups.has(draft, conversation)
        const { timer } = await conversationOf(draft, conversation)
        const isToOne = !isGroup && conversation !== own.account
        if (isToOne) await this.#core.writesTo(draft, conversation)
        const items = prepared.map(({ item }) =>
          isToOne && timer !== undefined ? { ...item, release: releaseOf(own, item.object) } : item,
        )
        const content = mediaOf(items, said, timer)
        const from = { account: own.account, device: own.device }
        const message = { id, from, at: this.#core.now(), state: 'queued', content } as const
        await addMessage(this.#core, draft, conversation, message, own.account)
        const { order = 0 } = (await draft.get(seenRecord, seenKey(own.account, id))) ?? {}
        const uploads = prepared.map(({ item: { object, size }, source }) => {
          const place = { object, release: releaseOf(own, object), bytes: sealedSize(size), hours: hoursOf(timer) }
          return newUpload(source === undefined ? place : { ...place, source })
        })
        for (const { object, bytes, source } of uploads) if (source === undefined) this.#keep(draft, object, bytes)
        this.#uploads.enqueue(draft, { conversation, id, order, uploads })
      })
    } catch (error) {
      for (const { item } of prepared) await mediaStore.delete(mediaName(item.object)).catch(() => undefined)
      throw error
    }
    void this.#downloads.evict(this.#uploads.needed()).catch(() => undefined)
  }

  /** An own file is here. */
  #keep(draft: Draft, object: string, bytes: number): void {
    const kept = { bytes, at: this.#core.now() }
    draft.put(keptRecord, keptKey(mediaName(object)), kept)
    draft.announce(() => this.#downloads.sealed(mediaName(object), kept))
  }

  /** Takes a message back that was not sent yet. @throws MessageNotFoundError when it is on its way, or never was */
  async cancel(conversation: string, id: string): Promise<void> {
    const under = this.#sealing.get(id)
    if (under !== undefined) {
      under.abort.abort()
      await under.done.catch(() => undefined)
    }
    const { account } = this.#core.requireAccount()
    await this.#core.transact(async (draft) => {
      const isThere = (await draft.get(seenRecord, seenKey(account, id))) !== undefined
      // Cancelled while it was sealed.
      if (!isThere && under !== undefined) return
      const sending = this.#uploads.find(id)
      if (sending?.conversation !== conversation) throw new MessageNotFoundError()
      await this.withdraw(draft, id)
      draft.delete(messageKey(conversation, sending.order))
      // That it was dealt with is known for as long as the command may be repeated.
      const key = seenLogKey(this.#core.counters.next('seenLog'))
      draft.put(seenLogRecord, key, { at: this.#core.now(), partitions: [seenKey(account, id).partition] })
      draft.announce(() => this.#core.events.emit('messagesExpired', { conversation, ids: [id] }))
    })
  }

  /** Takes the files of an own message out of the queue, if they are in it, and ends what is stored of them. */
  withdraw(draft: Draft, id: string): Promise<void> {
    const sending = this.#uploads.remove(draft, id)
    for (const { object, release, tokens } of sending?.uploads ?? []) {
      const name = mediaName(object)
      forgetKept(draft, name, () => void this.forget(name).catch(() => undefined))
      // The relay may know of it as soon as there was something to pay with.
      if (tokens !== undefined) endLater(this.#core, draft, name, release, () => this.#endings.kick())
    }
    return Promise.resolve()
  }

  isStoring(id: string): boolean {
    return this.#uploads.find(id) !== undefined
  }

  /** Goes on with an own message whose files could not be stored. `false` when it is none. */
  async retry(draft: Draft, id: string): Promise<boolean> {
    if (!this.#uploads.again(draft, id)) return false
    await setMessageState(this.#core, draft, this.#core.requireAccount().account, id, 'queued')
    return true
  }

  /** Of each file of a message. */
  async status(place: MessagePlace): Promise<MediaStatus[]> {
    const { media, isOwn } = await this.#filesOf(place)
    const { request } = await this.#core.transact((draft) => conversationOf(draft, place.conversation))
    const remote: MediaStatus = request === true ? { state: 'remote', byHand: true } : { state: 'remote' }
    return media.items.map((item, at) => {
      const status = (isOwn ? this.#uploads.status(place.id, at) : undefined) ?? this.#downloads.status(item)
      return status.state === 'remote' ? remote : status
    })
  }

  async download(place: MediaPlace): Promise<void> {
    // It comes by itself.
    if (this.#uploads.sourceOf(place.id, place.item) !== undefined) return
    const item = await this.#itemOf(place)
    const watch = (status: MediaStatus): void => this.#tell(place, status)
    await this.#downloads.bring(item, watch)
    await this.#downloads.evict(this.#uploads.needed().add(mediaName(item.object)))
  }

  async cancelDownload(place: MediaPlace): Promise<void> {
    await this.#downloads.cancel(mediaName((await this.#itemOf(place)).object))
  }

  async *read(place: MediaPlace): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    yield* this.#downloads.read(await this.#itemOf(place))
  }

  /** A message is gone, and with it this object. */
  forget(name: string): Promise<void> {
    return this.#downloads.forget(name)
  }

  /** Something is to be ended. */
  endSoon(): void {
    this.#endings.kick()
  }

  async #stored(draft: Draft, { conversation, id, order, uploads }: Sending): Promise<void> {
    const own = this.#core.requireAccount()
    const { outbox, groups, isHeld } = this.#parts
    const message = await draft.get(messageRecord, messageKey(conversation, order))
    const parsed = v.safeParse(Media, message?.content)
    if (message?.id !== id || !parsed.success) return
    const content = parsed.output
    if (await groups.has(draft, conversation)) {
      if (await groups.sendKept(draft, conversation, content, id)) return
      await this.#failed(draft, id, 'notMember')
      for (const { object, release } of uploads) {
        endLater(this.#core, draft, mediaName(object), release, () => this.#endings.kick())
      }
      return
    }
    const of = { author: own.account, id }
    if (conversation === own.account) {
      await setMessageState(this.#core, draft, own.account, id, 'sent')
    } else if ((await conversationOf(draft, conversation)).blocked === true) {
      // Blocked while the files were stored.
      return setMessageState(this.#core, draft, own.account, id, 'failed')
    } else {
      await introduceTo(this.#core, draft, outbox, conversation)
      const item = { to: conversation, content, wireId: id, message: { conversation, id }, urgent: true, of } as const
      outbox.enqueue(draft, item)
      if (isHeld(conversation)) await setMessageState(this.#core, draft, own.account, id, 'blocked')
    }
    await outbox.enqueueForOwnDevices(draft, { kind: 'syncSent', to: conversation, messageId: id, content }, of)
  }

  async #failed(draft: Draft, id: string, failure: SendFailure): Promise<void> {
    await setMessageState(this.#core, draft, this.#core.requireAccount().account, id, 'failed', { failure })
  }

  #tell(place: MediaPlace, status: MediaStatus): void {
    this.#core.events.emit('mediaStatus', { ...place, status })
  }

  async #itemOf(place: MediaPlace): Promise<MediaItem> {
    const item = (await this.#filesOf(place)).media.items[place.item]
    if (item === undefined) throw new MessageNotFoundError()
    return item
  }

  async #filesOf({ conversation, order, id }: MessagePlace): Promise<{ media: Media; isOwn: boolean }> {
    const message = await this.#core.transact((draft) => draft.get(messageRecord, messageKey(conversation, order)))
    const media = message && currentFiles(message)
    if (message?.id !== id || message.event !== undefined || media === undefined) throw new MessageNotFoundError()
    return { media, isOwn: message.from.account === this.#core.account?.account }
  }
}

/** How long an object is kept: of a disappearing message, its timer and a week, since readers may be away. */
function hoursOf(timer: number | undefined): number {
  const most = LIMITS.mediaTtl / HOUR_MS
  if (timer === undefined) return most
  return Math.min(most, Math.ceil((timer * 1_000 + LIMITS.mediaTimerGrace) / HOUR_MS))
}
