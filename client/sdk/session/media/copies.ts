/**
 * Files that are passed on: each is sealed anew, under a key of its own, into an object of its own (SPEC, MD-14). What is here
 * is sealed at once, so that it goes out whatever becomes of the message that it came with; the rest is brought here first,
 * in its turn among what is sent.
 */

import * as v from 'valibot'
import { Media, type MediaItem } from '#protocol/content/content.ts'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { mediaName } from '#protocol/media/object.ts'
import { sealedSize } from '#protocol/media/sizes.ts'
import { MediaCancelledError, MediaError } from '../../media/errors.ts'
import { sealChunks } from '../../media/seal.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { MessageNotFoundError } from '../errors.ts'
import { messageKey, messageRecord } from '../records.ts'
import type { SealedItem } from './compose.ts'
import type { Downloads, SealedObject } from './downloads.ts'
import { forgetKept } from './forget.ts'
import type { Sending, Source } from './records.ts'
import type { MediaPlace, MediaStatus } from './status.ts'

/** A file that is ready to be queued. */
export interface Prepared {
  readonly item: SealedItem
  /** Where it is, while it is not sealed for this message: until then its digest is that of the source. */
  readonly source?: Source
}

export interface CopiesParts {
  /** An own object is here. */
  readonly keep: (draft: Draft, object: string, bytes: number) => void
  readonly tell: (place: MediaPlace, status: MediaStatus) => void
}

export class Copies {
  readonly #core: Core
  readonly #downloads: Downloads
  readonly #parts: CopiesParts

  constructor(core: Core, downloads: Downloads, parts: CopiesParts) {
    this.#core = core
    this.#downloads = downloads
    this.#parts = parts
  }

  /**
   * Copies what is here of files. When it fails, nothing of the copies stays.
   *
   * @param sources where each of them is
   * @throws MediaCancelledError, StoreFullError
   */
  async begin(items: readonly MediaItem[], sources: readonly Source[], signal: AbortSignal): Promise<Prepared[]> {
    const copies: Prepared[] = []
    try {
      for (const [at, source] of sources.entries()) {
        const { release: _notOurs, ...view } = items[at] as MediaItem
        const copy = { ...view, object: toBase64url(randomBytes(32)), key: toBase64url(randomBytes(32)) }
        const digest = await this.#sealHere(source, copy, signal)
        copies.push(digest === undefined ? { item: copy, source } : { item: { ...copy, digest } })
      }
      return copies
    } catch (error) {
      const { mediaStore } = this.#core.platform
      for (const { item } of copies) await mediaStore.delete(mediaName(item.object)).catch(() => undefined)
      throw error
    }
  }

  /**
   * Brings a file of a queued message, seals it for that, and says in it what it came to.
   *
   * @param done in the transaction that says so
   * @throws MediaError when it cannot be had; MediaCancelledError, StoreFullError
   */
  async complete(
    { conversation, order, id }: Sending,
    at: number,
    source: Source,
    signal: AbortSignal,
    done: (draft: Draft) => void,
  ): Promise<void> {
    const place = { conversation, order, id, item: at }
    const bringing = this.#downloads.bring(source, (status) => {
      if (status.state === 'downloading' && !signal.aborted) this.#parts.tell(place, { ...status, state: 'copying' })
    })
    await unlessAborted(bringing, signal)
    const { items } = await this.#core.transact((draft) => filesAt(draft, place))
    const copy = items[at]
    if (copy === undefined) throw new MessageNotFoundError()
    const digest = await this.#seal(source, copy, signal)
    await this.#core.transact(async (draft) => {
      done(draft)
      const message = await draft.get(messageRecord, messageKey(conversation, order))
      const media = await filesAt(draft, place)
      if (message === undefined) throw new MessageNotFoundError()
      const sealed = media.items.map((item, index) => (index === at ? { ...item, digest } : item))
      const content = { ...media, items: sealed }
      draft.put(messageRecord, messageKey(conversation, order), { ...message, content })
      this.#parts.keep(draft, copy.object, sealedSize(copy.size))
      await this.#forgetUnlessThere(draft, source)
    })
  }

  /** Answers the copy's digest; `undefined` where the file is not here, or the disk has lost it. */
  async #sealHere(source: Source, copy: SealedItem, signal: AbortSignal): Promise<string | undefined> {
    if (this.#downloads.status(source).state !== 'here') return undefined
    try {
      return await this.#seal(source, copy, signal)
    } catch (error) {
      if (error instanceof MediaError) return undefined
      throw error
    }
  }

  /** Seals a file that is here once more. Answers the copy's digest; when it fails, nothing of the copy stays. */
  async #seal(source: Source, { object, key }: SealedObject, signal: AbortSignal): Promise<string> {
    const { mediaStore } = this.#core.platform
    const name = mediaName(object)
    const chunks = this.#downloads.read(source)
    try {
      return await sealChunks(
        source.size,
        key,
        // Behind the last one there is padding alone.
        async () => (await chunks.next()).value ?? new Uint8Array(),
        async (index, sealed) => {
          if (signal.aborted) throw new MediaCancelledError()
          await mediaStore.write(name, index, sealed)
        },
      )
    } catch (error) {
      await mediaStore.delete(name).catch(() => undefined)
      throw error
    }
  }

  /** What was brought here for a copy, and whose message is gone by now, goes after it. */
  async #forgetUnlessThere(draft: Draft, { of, object }: Source): Promise<void> {
    const message = await draft.get(messageRecord, messageKey(of.conversation, of.order))
    if (message?.id === of.id && message.annotations?.deleted === undefined) return
    const name = mediaName(object)
    forgetKept(draft, name, () => void this.#downloads.forget(name).catch(() => undefined))
  }
}

/** Where a file of a message is. */
export function sourceIn({ object, key, digest, size }: SealedObject, of: Source['of']): Source {
  return { of, object, key, digest, size }
}

/** @throws MessageNotFoundError */
async function filesAt(draft: Draft, { conversation, order, id }: MediaPlace): Promise<Media> {
  const message = await draft.get(messageRecord, messageKey(conversation, order))
  const media = v.safeParse(Media, message?.content)
  if (message?.id !== id || !media.success) throw new MessageNotFoundError()
  return media.output
}

/** Waits for what others may wait for, too. @throws MediaCancelledError */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = (): void => reject(new MediaCancelledError())
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
