/** What applications know of files: how they are shown, where they are, and what is wrong with them. */

import type { Media, MediaItem } from '#protocol/content/media.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import type { MediaFailure } from '../../media/errors.ts'

/** A file of a message, without what fetches and opens it. All of it but `size` is its author's word. */
export type MediaView = Pick<
  MediaItem,
  'view' | 'type' | 'size' | 'name' | 'width' | 'height' | 'thumbhash' | 'thumbnail' | 'duration' | 'waveform' | 'alt'
>

/** One file of one message. */
export interface MediaPlace {
  readonly conversation: string
  /** The message's place in the timeline, and its id. */
  readonly order: number
  readonly id: string
  /** Which of its files, from 0. */
  readonly item: number
}

/** Why a file stands still that is to be sent, or loaded. */
export type MediaWait =
  /** The relay or its storage cannot be reached. */
  | 'offline'
  /** The account has stored as much as it may for now. */
  | 'quota'

export type MediaStatus =
  /** All of it is on this device. */
  | { readonly state: 'here' }
  /** `byHand`: of a request that nobody has accepted. Loading it would tell a stranger's relay that somebody looks. */
  | { readonly state: 'remote'; readonly byHand?: true }
  | {
      readonly state: 'uploading' | 'downloading'
      readonly done: number
      readonly total: number
      readonly waits?: MediaWait
    }
  /** Of a message of this device that passes it on: it comes here first, to be sealed anew. */
  | { readonly state: 'copying'; readonly done: number; readonly total: number; readonly waits?: MediaWait }
  /** It will not be loaded by itself again; or, of an own one, not be stored. */
  | { readonly state: 'failed'; readonly code: MediaFailure | ErrorCode }

export function toViews({ items }: Media): MediaView[] {
  return items.map(({ object: _object, key: _key, digest: _digest, release: _release, ...view }) => view)
}
