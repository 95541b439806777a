/** Where annotations leave traces in records: on the message, and among the pins of its conversation. */

import { LIMITS } from '#protocol/limits.ts'
import type { ConversationRecord, MessageRecord } from '../records.ts'
import { type Annotations, isPinned } from './model.ts'

type PinPlace = NonNullable<ConversationRecord['pins']>[number]

/** Pins that are kept in a conversation's record. Others may pin more than this client would. */
const MOST_PINS = 4 * LIMITS.pinnedMessages

/** What annotations make of a message's record: of a deleted one, no word is left. */
export function annotated(
  message: MessageRecord,
  annotations: Annotations,
): Pick<MessageRecord, 'annotations' | 'content'> {
  return { annotations, content: annotations.deleted === undefined ? message.content : null }
}

/** The pins of a conversation after a message has these annotations, or is gone. Empty where they stay as they are. */
export function pinsWith(
  { pins = [] }: ConversationRecord,
  place: PinPlace,
  annotations: Annotations | undefined,
): Pick<ConversationRecord, 'pins'> {
  const isKept = annotations !== undefined && isPinned(annotations)
  if (!isKept && !pins.some(({ order }) => order === place.order)) return {}
  const others = pins.filter(({ order }) => order !== place.order)
  const all = isKept ? [...others, place].sort((a, b) => a.order - b.order) : others
  return { pins: all.slice(-MOST_PINS) }
}
