/** What goes with a message that had files. In the transaction that deletes the message. */

import * as v from 'valibot'
import { randomBytes } from '#protocol/bytes.ts'
import { Media, type MediaItem } from '#protocol/content/media.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { MessageRecord } from '../records.ts'
import { endingKey, endingRecord, keptKey } from './records.ts'
import { releaseOf } from './release.ts'

/** Files of a message; none of what is no such message. */
export function itemsOf({ content, event }: MessageRecord): readonly MediaItem[] {
  if (event !== undefined || (content as { kind?: unknown } | null)?.kind !== 'media') return []
  const media = v.safeParse(Media, content)
  return media.success ? media.output.items : []
}

/** @param gone deletes its chunks, after the commit */
export function forgetKept(draft: Draft, name: string, gone: () => void): void {
  draft.delete(keptKey(name))
  draft.announce(gone)
}

/** Notes that an object is to be ended. @param kick called after the commit */
export function endLater(core: Core, draft: Draft, name: string, release: string, kick: () => void): void {
  // In any order: 48 bits, so that two do not meet.
  const order = randomBytes(6).reduce((sum, octet) => sum * 256 + octet, 0)
  draft.put(endingRecord, endingKey(order), { name, release, at: core.now() })
  draft.announceOnce('endings', kick)
}

/**
 * The release by which this device ends an object of a message that disappears here; `undefined` where that is somebody
 * else's, or time's, to do (SPEC, MD-13).
 *
 * @param forEveryone its author deletes it for everyone
 */
export function releaseToEnd(
  core: Core,
  conversation: string,
  message: MessageRecord,
  item: MediaItem,
  forEveryone: boolean,
): string | undefined {
  const own = core.requireAccount()
  if (message.from.account === own.account) {
    return forEveryone || conversation === own.account ? releaseOf(own, item.object) : undefined
  }
  return message.timer === undefined ? undefined : item.release
}
