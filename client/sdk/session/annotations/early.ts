/** What is done to messages that have not come yet: kept beside the conversation, bounded, and taken when they come. */

import type { MessageName } from '#protocol/content/message-name.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { earlyIndexKey, earlyIndexRecord, earlyKey, earlyRecord, seenLogKey, seenLogRecord } from '../records.ts'
import { type Annotations, type Operation, merge, operationsOf } from './model.ts'

const isSame = (a: MessageName, b: MessageName): boolean => a.id === b.id && a.author === b.author

/** Keeps an operation for a message that may come. */
export async function keepEarly(
  core: Core,
  draft: Draft,
  conversation: string,
  of: MessageName,
  operation: Operation,
): Promise<void> {
  const key = earlyKey(conversation, of)
  const before = await draft.get(earlyRecord, key)
  draft.put(earlyRecord, key, merge(before ?? {}, operation))
  if (before !== undefined) return
  const { names } = (await draft.get(earlyIndexRecord, earlyIndexKey(conversation))) ?? { names: [] }
  const all = [...names.filter((name) => !isSame(name, of)), of]
  for (const dropped of all.splice(0, all.length - LIMITS.earlyTargets)) draft.delete(earlyKey(conversation, dropped))
  draft.put(earlyIndexRecord, earlyIndexKey(conversation), { names: all })
  // It goes when the message cannot come any more, like what is known of others that nobody sees.
  draft.put(seenLogRecord, seenLogKey(core.counters.next('seenLog')), { at: core.now(), partitions: [key.partition] })
}

/** Keeps what was done to a copy for the message itself, which is about to come. */
export async function keepAllEarly(
  core: Core,
  draft: Draft,
  conversation: string,
  of: MessageName,
  annotations: Annotations,
): Promise<void> {
  for (const operation of operationsOf(annotations)) await keepEarly(core, draft, conversation, of, operation)
}

/** Takes what was done to a message that comes now. */
export async function takeEarly(draft: Draft, conversation: string, of: MessageName): Promise<Annotations | undefined> {
  // One read for all messages of a conversation that come together.
  const index = await draft.get(earlyIndexRecord, earlyIndexKey(conversation))
  if (index?.names.some((name) => isSame(name, of)) !== true) return undefined
  const key = earlyKey(conversation, of)
  const early = await draft.get(earlyRecord, key)
  draft.delete(key)
  const names = index.names.filter((name) => !isSame(name, of))
  if (names.length === 0) draft.delete(earlyIndexKey(conversation))
  else draft.put(earlyIndexRecord, earlyIndexKey(conversation), { names })
  return early
}
