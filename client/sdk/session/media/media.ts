/**
 * Files, as the rest of the engine sees them. What sends and loads them is code of its own, which most starts do not
 * need: it is loaded when there is something to do.
 */

import { mediaName } from '#protocol/media/object.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { MessageRecord } from '../records.ts'
import type { Caption, MediaFile } from './compose.ts'
import type { MediaDesk, MediaDeskParts } from './desk.ts'
import { endLater, forgetKept, itemsOf, releaseToEnd } from './forget.ts'
import { USED } from './records.ts'
import type { MediaPlace, MediaStatus } from './status.ts'

/** What applications do with files. */
export type MediaCommands = Pick<MediaParts, 'cancel' | 'status' | 'download' | 'cancelDownload' | 'read'>

export class MediaParts {
  readonly #core: Core
  readonly #parts: MediaDeskParts
  #opening: Promise<MediaDesk> | undefined
  #desk: MediaDesk | undefined
  #isOnline = false

  constructor(core: Core, parts: MediaDeskParts) {
    this.#core = core
    this.#parts = parts
    core.forgetFiles = (draft, conversation, message, options) => this.#forget(draft, conversation, message, options)
  }

  /** Nobody waits for it: what is on its way goes on a moment later. */
  async load(): Promise<void> {
    if ((await this.#core.store.get(USED)) === undefined) return
    void this.#open().catch(() => undefined)
  }

  connected(): void {
    this.#isOnline = true
    this.#desk?.connected()
  }

  disconnected(): void {
    this.#isOnline = false
    this.#desk?.disconnected()
  }

  close(): void {
    this.#desk?.close()
  }

  /** Seals files, and shows and queues their message. Resolves when all of it is durable here. */
  async send(conversation: string, files: readonly MediaFile[], caption: Caption, id: string): Promise<void> {
    await (await this.#open()).send(conversation, files, caption, id)
  }

  /** Passes the files of a message on. As {@link send}. @throws MessageNotFoundError when it has none, or is gone */
  async forward(place: Omit<MediaPlace, 'item'>, to: string, id: string): Promise<void> {
    await (await this.#open()).forward(place, to, id)
  }

  /**
   * Takes an own message back whose files are not all stored yet: it is gone, and what is stored of it is ended.
   *
   * @throws MessageNotFoundError when it was sent by now
   */
  async cancel(conversation: string, id: string): Promise<void> {
    await (await this.#open()).cancel(conversation, id)
  }

  /** Goes on with a message whose files could not be stored. `false` when it is none. */
  async retry(draft: Draft, id: string): Promise<boolean> {
    if ((await this.#core.store.get(USED)) === undefined) return false
    return (await this.#open()).retry(draft, id)
  }

  /** Whether the files of an own message are not all stored yet. */
  async isStoring(id: string): Promise<boolean> {
    if ((await this.#core.store.get(USED)) === undefined) return false
    return (await this.#open()).isStoring(id)
  }

  /** Where the files of a message are, in order; later changes come as `mediaStatus`. @throws MessageNotFoundError */
  async status(place: Omit<MediaPlace, 'item'>): Promise<MediaStatus[]> {
    return (await this.#open()).status(place)
  }

  /**
   * Brings a file onto this device, and resolves when it is here: through losses of the network, and from where an earlier
   * try ended.
   *
   * @throws MediaError when it is not what its message says; MediaCancelledError, StoreFullError, MessageNotFoundError
   */
  async download(place: MediaPlace): Promise<void> {
    await (await this.#open()).download(place)
  }

  /** Stops loading a file. What came so far is kept. */
  async cancelDownload(place: MediaPlace): Promise<void> {
    await (await this.#open()).cancelDownload(place)
  }

  /** The octets of a file that is here, a mebibyte at a time. @throws MediaError `mediaCorrupted` when the disk lost it */
  async *read(place: MediaPlace): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    yield* (await this.#open()).read(place)
  }

  /** A message is being deleted: its files go with it, and their objects where that is this device's to do. */
  async #forget(
    draft: Draft,
    conversation: string,
    message: MessageRecord,
    { forEveryone = false }: { readonly forEveryone?: boolean } = {},
  ): Promise<void> {
    const items = itemsOf(message)
    if (items.length === 0) return
    const isWaiting = message.state === 'queued' || message.state === 'failed'
    if (isWaiting && message.from.account === this.#core.account?.account) {
      await (await this.#open()).withdraw(draft, message.id)
    }
    for (const item of items) {
      const name = mediaName(item.object)
      forgetKept(draft, name, () => this.#gone(name))
      const release = releaseToEnd(this.#core, conversation, message, item, forEveryone)
      if (release !== undefined) endLater(this.#core, draft, name, release, () => this.#endSoon())
    }
  }

  #gone(name: string): void {
    // What fails here is swept by the next start.
    const deleted = this.#desk?.forget(name) ?? this.#core.platform.mediaStore.delete(name)
    void deleted.catch(() => undefined)
  }

  #endSoon(): void {
    void this.#open().then(
      (desk) => desk.endSoon(),
      () => undefined,
    )
  }

  #open(): Promise<MediaDesk> {
    this.#opening ??= this.#load().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #load(): Promise<MediaDesk> {
    const { MediaDesk } = await import('./desk.ts')
    const desk = await MediaDesk.open(this.#core, this.#parts)
    this.#desk = desk
    if (this.#core.isClosed) desk.close()
    else if (this.#isOnline) desk.connected()
    return desk
  }
}
