import * as v from 'valibot'
import { GroupBody, GroupEntry, GroupId } from '../groups/entries.ts'
import { LIMITS } from '../limits.ts'
import { MessageId, Seq, Timestamp, listOf } from '../primitives.ts'

/** Entries of a group’s log, as they are accepted. A client that misses the one before fetches. */
export const GroupEntries = v.object({ type: v.literal('groupEntries'), group: GroupId, items: v.array(GroupEntry) })
export type GroupEntries = v.InferOutput<typeof GroupEntries>

/** A message outside the log. */
export const GroupEphemeral = v.object({
  type: v.literal('groupEphemeral'),
  group: GroupId,
  messageId: MessageId,
  at: Timestamp,
  body: GroupBody,
})
export type GroupEphemeral = v.InferOutput<typeof GroupEphemeral>

/** These groups have entries that this device has not fetched; or took it in, or out. */
export const GroupNews = v.object({
  type: v.literal('groupNews'),
  groups: v.array(GroupId),
  /** The relay does not know of which other groups it missed to tell: look at all of them. */
  all: v.optional(v.boolean()),
})
export type GroupNews = v.InferOutput<typeof GroupNews>

/** What the client has of groups, durably. */
export const GroupAck = v.strictObject({
  type: v.literal('groupAck'),
  /** Entries of these logs up to these positions. */
  cursors: listOf(
    v.strictObject({
      group: GroupId,
      upTo: Seq,
      /** Pass this on to the group, which deletes what everybody has: once in many entries is enough. */
      report: v.optional(v.boolean()),
    }),
    LIMITS.groupAcksPerFrame,
  ),
  /** It has noted that there is news of these, and will fetch them. */
  news: v.optional(listOf(GroupId, LIMITS.groupAcksPerFrame)),
})
export type GroupAck = v.InferOutput<typeof GroupAck>
