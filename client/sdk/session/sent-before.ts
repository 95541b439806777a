import * as v from 'valibot'
import { Text } from '#protocol/content/content.ts'
import type { Draft } from './draft.ts'
import { MessageIdReusedError } from './errors.ts'
import { messageKey, messageRecord, seenKey, seenRecord } from './records.ts'

/**
 * Whether this text is, or was until it disappeared or was deleted, in its conversation already, under this id. Whether it has a timer
 * makes no other text of it: its conversation's may have been changed since.
 *
 * @throws MessageIdReusedError when the id is another message's
 */
export async function wasSentBefore(
  draft: Draft,
  own: string,
  { id, conversation, content }: { readonly id: string; readonly conversation: string; readonly content: Text },
): Promise<boolean> {
  const seen = await draft.get(seenRecord, seenKey(own, id))
  if (seen === undefined) return false
  if (seen.conversation !== conversation || seen.order === undefined) throw new MessageIdReusedError()
  const message = await draft.get(messageRecord, messageKey(conversation, seen.order))
  const isDeleted = message?.annotations?.deleted !== undefined
  if (message !== undefined && !isDeleted && wordsOf(message.content) !== wordsOf(content))
    throw new MessageIdReusedError()
  return true
}

/** Equal for equal texts: a schema's output has its keys in the schema's order. */
function wordsOf(content: unknown): string | undefined {
  const text = v.safeParse(Text, content)
  if (!text.success) return undefined
  const { timer: _, ...words } = text.output
  return JSON.stringify(words)
}

/**
 * Whether files were sent under this id already. They are not compared: each time they are sealed, they are others.
 *
 * @throws MessageIdReusedError when the id is another message's
 */
export async function wereFilesSentBefore(
  draft: Draft,
  own: string,
  { id, conversation }: { readonly id: string; readonly conversation: string },
): Promise<boolean> {
  const seen = await draft.get(seenRecord, seenKey(own, id))
  if (seen === undefined) return false
  if (seen.conversation !== conversation || seen.order === undefined) throw new MessageIdReusedError()
  const message = await draft.get(messageRecord, messageKey(conversation, seen.order))
  if (message !== undefined && (message.content as { kind?: unknown } | null)?.kind !== 'media') {
    throw new MessageIdReusedError()
  }
  return true
}
