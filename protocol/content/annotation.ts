/**
 * What is done to a message of the same conversation after it was sent (SPEC, section 29). Each is a message of its own on
 * the wire, and none is a row of the timeline.
 */

import * as v from 'valibot'
import { utf8 } from '../bytes.ts'
import { LIMITS } from '../limits.ts'
import { AccountId, MessageId, integer, listOf } from '../primitives.ts'
import { MessageName } from './message-name.ts'
import { WORDS, fitsAsJson, isWithin } from './text.ts'

/**
 * One emoji, as UTS #51 section 1.4.9 tells what may be one from what cannot. No table of those that exist: a client must not
 * refuse what a newer one knows. `Extended_Pictographic` has code points that wait for theirs.
 */
const EMOJI =
  /^(?:\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3|\p{ExtPict}(?:\p{EMod}|\uFE0F)?[\u{E0020}-\u{E007F}]*(?:\u200D\p{ExtPict}(?:\p{EMod}|\uFE0F)?)*)$/u

export const Emoji = v.pipe(
  v.string(),
  v.regex(EMOJI, 'not one emoji'),
  v.check((emoji) => utf8(emoji).length <= LIMITS.emojiBytes, 'emoji too long'),
)

/** One more than the highest that its author knew of the same thing. Bounded, so that whoever jumps gains little. */
const AnnotationRevision = integer(1, LIMITS.revisionStep)

/** How its author feels about a message: one emoji in place of the former one; without one, it takes that back. */
export const Reaction = v.object({
  kind: v.literal('reaction'),
  of: MessageName,
  emoji: v.optional(Emoji),
  revision: AnnotationRevision,
})
export type Reaction = v.InferOutput<typeof Reaction>

/** Other words for a text that its author wrote. */
export const Edit = v.pipe(
  v.object({ kind: v.literal('edit'), of: MessageId, ...WORDS, revision: AnnotationRevision }),
  v.check((edit) => isWithin(edit), 'a range beyond the text'),
  v.check((edit) => fitsAsJson(edit), 'text too long as JSON'),
)
export type Edit = v.InferOutput<typeof Edit>

/** For everyone: of the message remains that there was one. */
export const Deletion = v.object({ kind: v.literal('delete'), of: MessageName })
export type Deletion = v.InferOutput<typeof Deletion>

/** For everyone in the conversation: the message is held up, or not any more. */
export const Pin = v.object({
  kind: v.literal('pin'),
  of: MessageName,
  pinned: v.boolean(),
  revision: AnnotationRevision,
})
export type Pin = v.InferOutput<typeof Pin>

/** To the own other devices: these messages were deleted on one of us, and only for us. */
export const SyncDelete = v.object({
  kind: v.literal('syncDelete'),
  /** The other account, or the group. */
  conversation: AccountId,
  of: listOf(MessageName, LIMITS.deletedAtOnce, 1),
})
export type SyncDelete = v.InferOutput<typeof SyncDelete>

export type Annotation = Reaction | Edit | Deletion | Pin

/** Whether content is about another message. */
export function isAnnotation<T extends { readonly kind: string }>(content: T): content is T & Annotation {
  return ['reaction', 'edit', 'delete', 'pin'].includes(content.kind)
}
