/** Content that is about groups. */

import * as v from 'valibot'
import { LinkId } from '../groups/change.ts'
import { LinkSecret } from '../groups/details.ts'
import { GroupId } from '../groups/entries.ts'
import { LIMITS } from '../limits.ts'
import { AccountId, DeviceId, MessageId, Timestamp, integer, listOf } from '../primitives.ts'

/** In a group: its author leaves, and any member may remove it (SPEC, U-8). */
export const GroupLeave = v.object({ kind: v.literal('groupLeave') })
export type GroupLeave = v.InferOutput<typeof GroupLeave>

/** To one member: I lost this group's state and ask to join again (SPEC, U-10). */
export const GroupRejoinRequest = v.object({ kind: v.literal('groupRejoinRequest'), group: GroupId })
export type GroupRejoinRequest = v.InferOutput<typeof GroupRejoinRequest>

/** The answer: a link that this device, alone, may join by, once. */
export const GroupRejoin = v.object({
  kind: v.literal('groupRejoin'),
  group: GroupId,
  link: LinkId,
  secret: LinkSecret,
})
export type GroupRejoin = v.InferOutput<typeof GroupRejoin>

/** How an account calls itself, as far as who says so knows. */
const MemberProfile = v.object({
  account: AccountId,
  name: v.pipe(v.string(), v.maxLength(LIMITS.profileNameMax)),
  username: v.optional(v.pipe(v.string(), v.maxLength(LIMITS.usernameMax))),
})
export type MemberProfile = v.InferOutput<typeof MemberProfile>

/** In a group: how members call themselves, as far as its author knows, for those who are new. What they say themselves counts more. */
export const GroupProfiles = v.object({
  kind: v.literal('groupProfiles'),
  profiles: listOf(MemberProfile, LIMITS.groupProfiles, 1),
})
export type GroupProfiles = v.InferOutput<typeof GroupProfiles>

/** To one member, or the own other devices: I came into this group and ask for messages from before (SPEC, Y-2). */
export const GroupHistoryRequest = v.object({ kind: v.literal('groupHistoryRequest'), group: GroupId })
export type GroupHistoryRequest = v.InferOutput<typeof GroupHistoryRequest>

/** A message as somebody shares it. On the sharer's word: nothing in it proves who wrote it. */
export const SharedMessage = v.object({
  id: MessageId,
  from: AccountId,
  at: Timestamp,
  /** Parsed like a received one: a text, or a kind from the future. */
  content: v.looseObject({ kind: v.string() }),
  /** Between own devices: whose word it is, where it was shared with that device in turn. */
  sharedBy: v.optional(AccountId),
})
export type SharedMessage = v.InferOutput<typeof SharedMessage>

/** The answer, in parts, the newest message first. */
export const GroupHistory = v.object({
  kind: v.literal('groupHistory'),
  group: GroupId,
  /** Which device of the account asked: the other ones get this too. */
  device: DeviceId,
  /** How many newer messages the parts before this one have. */
  start: integer(0, LIMITS.groupHistory - 1),
  items: listOf(SharedMessage, LIMITS.groupHistory, 1),
  /** How their authors and the sharer call themselves: who came by a link knows nobody, and some may have left since. */
  profiles: listOf(MemberProfile, LIMITS.groupHistory),
  isLast: v.boolean(),
})
export type GroupHistory = v.InferOutput<typeof GroupHistory>
