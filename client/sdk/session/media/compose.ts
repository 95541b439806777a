/** From files to the content that speaks of them. */

import * as v from 'valibot'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { Media, type MediaItem, type Mention, type StyleRange } from '#protocol/content/content.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import { LIMITS } from '#protocol/limits.ts'
import { mediaName } from '#protocol/media/object.ts'
import { MediaCancelledError, MediaTooLargeError } from '../../media/errors.ts'
import type { MediaStore } from '../../media/media-store.ts'
import { sealFile } from '../../media/seal.ts'
import { ContentInvalidError } from '../errors.ts'
import type { MediaView } from './status.ts'

/** A file to send, and what is said of it. */
export interface MediaFile extends Omit<MediaView, 'size'> {
  readonly file: Blob
}

/** A text below them. */
export interface Caption {
  readonly body?: string
  readonly styles?: readonly StyleRange[]
  readonly mentions?: readonly Mention[]
  /** The message that they answer. */
  readonly quote?: MessageName
}

/** What is said with files: of those that are passed on, also that. */
export interface Said extends Caption {
  readonly forwarded?: true
}

export type SealedItem = Omit<MediaItem, 'release'>

/** @throws MediaTooLargeError */
export function checkFiles(files: readonly MediaFile[]): void {
  if (files.length === 0 || files.length > LIMITS.mediaItems) {
    throw new MediaTooLargeError(`A message has 1 to ${LIMITS.mediaItems} files.`)
  }
  if (files.some(({ file }) => file.size > LIMITS.mediaBytes)) {
    throw new MediaTooLargeError('A file has 100 MiB at most.')
  }
}

/** Checks what is said of files, before any work is done for them. @throws ContentInvalidError */
export function checkCaption(files: readonly MediaFile[], caption: Caption): void {
  const nothing = toBase64url(new Uint8Array(32))
  const items = files.map(({ file, ...view }) => {
    return { ...view, object: nothing, key: nothing, digest: nothing, size: file.size, release: nothing }
  })
  mediaOf(items, caption, LIMITS.timerSeconds)
}

/** @throws ContentInvalidError */
export function mediaOf(items: readonly MediaItem[], caption: Said, timer: number | undefined): Media {
  const { body, styles, mentions, quote, forwarded } = caption
  const media = v.safeParse(Media, {
    kind: 'media',
    items,
    ...(body === undefined || body === '' ? {} : { body }),
    ...(styles === undefined || styles.length === 0 ? {} : { styles }),
    ...(mentions === undefined || mentions.length === 0 ? {} : { mentions }),
    ...(timer === undefined ? {} : { timer }),
    ...(quote === undefined ? {} : { quote }),
    ...(forwarded === undefined ? {} : { forwarded }),
  })
  if (!media.success) throw new ContentInvalidError(media.issues[0].message)
  return media.output
}

/**
 * Seals files into the store. When it fails, nothing of them stays there.
 *
 * @throws MediaSourceError, MediaCancelledError, StoreFullError
 */
export async function sealAll(
  store: MediaStore,
  files: readonly MediaFile[],
  signal: AbortSignal,
): Promise<SealedItem[]> {
  const begun: string[] = []
  try {
    const items: SealedItem[] = []
    for (const { file, ...view } of files) {
      const object = toBase64url(randomBytes(32))
      const key = toBase64url(randomBytes(32))
      const name = mediaName(object)
      begun.push(name)
      const digest = await sealFile(file, key, async (index, sealed) => {
        if (signal.aborted) throw new MediaCancelledError()
        await store.write(name, index, sealed)
      })
      items.push({ ...view, object, key, digest, size: file.size })
    }
    return items
  } catch (error) {
    for (const name of begun) await store.delete(name).catch(() => undefined)
    throw error
  }
}
