/** Records of groups: where this device stands, and the parts of the MLS state, which the MLS layer writes and reads. */

import * as v from 'valibot'
import { GivenDeliveryKey } from '#protocol/content/content.ts'
import { GroupId, GroupSuite } from '#protocol/groups/entries.ts'
import { commitToGroup } from '#protocol/http/groups.ts'
import { LinkSecret } from '#protocol/groups/details.ts'
import { AccountId, DeviceAddress, MessageId, Timestamp, integer } from '#protocol/primitives.ts'
import type { RecordKey } from '../../store/store.ts'
import { GROUP_STAGES, type RecordKind } from '../records.ts'

/** Messages from before this device came, that it waits to be shown. */
const HistoryWish = v.object({
  /** As many as the group showed to joiners when this device came. They stand in the timeline below the order `below`. */
  count: integer(1),
  below: integer(1),
  /** Who added this device. */
  adder: v.optional(AccountId),
  /** How often, when last, and whom it has asked. */
  asked: integer(0),
  askedAt: Timestamp,
  of: v.array(AccountId),
  /** Whose answer is taken. */
  from: v.optional(DeviceAddress),
  /** Of that answer: the parts that came, by their starts; messages in them; and messages in all, once that is known. */
  starts: v.array(integer(0)),
  received: integer(0),
  end: v.optional(integer(0)),
})
export type HistoryWish = v.InferOutput<typeof HistoryWish>

const Group = v.object({
  stage: v.picklist(GROUP_STAGES),
  suite: v.optional(GroupSuite),
  /** There may be entries that were not fetched. */
  behind: v.boolean(),
  /** Names of the state's parts. */
  parts: v.array(v.string()),
  /** The latest epoch that this device was in. A welcome into it, or one before, is an old one. */
  epoch: v.optional(integer(0)),
  /** Highest seq that was reported to the group, and when. */
  reported: integer(0),
  reportedAt: Timestamp,
  /** A commit that was made and is not in the log yet, with the names of its next state's parts. */
  pending: v.optional(v.object({ request: commitToGroup.request, parts: v.array(v.string()) })),
  /** Whether the user was told that members are shown different histories, in this epoch. */
  forkedIn: v.optional(integer(0)),
  /** Secret of the link, or of the offer, by which this device joins. */
  joinBy: v.optional(LinkSecret),
  history: v.optional(HistoryWish),
  /** Of a broken group: the one that was made in its place. */
  successor: v.optional(GroupId),
})
export type GroupRecord = v.InferOutput<typeof Group>
export const groupRecord: RecordKind<GroupRecord> = { collection: 'group', schema: Group }
export const groupKey = (group: string): RecordKey => ({ collection: 'group', partition: group, order: 0 })

/** Leaves of a group that the key log has shown, by their names (`leafName`). */
const GroupProofs = v.object({ shown: v.array(v.string()) })
export const groupProofsRecord: RecordKind<v.InferOutput<typeof GroupProofs>> = {
  collection: 'meta',
  schema: GroupProofs,
}
export const groupProofsKey = (group: string): RecordKey => ({
  collection: 'meta',
  partition: `groupProofs ${group}`,
  order: 0,
})

/** One part of a state; `pending/` before its name for the state after the pending commit. */
export const groupPartRecord: RecordKind<string> = { collection: 'groupState', schema: v.string() }
export const groupPartKey = (group: string, part: string): RecordKey => ({
  collection: 'groupState',
  partition: `${group} ${part}`,
  order: 0,
})

/** A key package of this device, by its reference (RFC 9420 section 5.2); an `OwnKeyPackage` of the MLS layer. */
const StoredKeyPackage = v.object({
  own: v.custom<never>(() => true),
  suite: GroupSuite,
  /** Milliseconds since 1970. */
  notAfter: v.number(),
  isLastResort: v.boolean(),
})
export type StoredKeyPackage = v.InferOutput<typeof StoredKeyPackage>
export const keyPackageRecord: RecordKind<StoredKeyPackage> = { collection: 'keyPackage', schema: StoredKeyPackage }
export const keyPackageKey = (ref: string): RecordKey => ({ collection: 'keyPackage', partition: ref, order: 0 })

/**
 * How an account calls itself that nothing was exchanged with but in groups, or in a request that was deleted: that told the key as well. `isOwn`:
 * it said so itself.
 */
const MemberProfile = v.object({
  name: v.string(),
  username: v.optional(v.string()),
  isOwn: v.boolean(),
  deliveryKey: v.optional(GivenDeliveryKey),
})
export type MemberProfile = v.InferOutput<typeof MemberProfile>
export const memberProfileRecord: RecordKind<MemberProfile> = { collection: 'profile', schema: MemberProfile }
export const memberProfileKey = (account: string): RecordKey => ({
  collection: 'profile',
  partition: account,
  order: 0,
})

/** A message to a group, from its writing until it stands in the log. */
const GroupOutboxItem = v.object({
  /** Its id in the log. */
  wireId: MessageId,
  content: v.custom<never>(() => true),
  /** Whether it stands in the timeline. */
  isVisible: v.boolean(),
  /** The relay has it: nothing will be encrypted any more, and `content` is `null`. Of messages that disappear. */
  isAccepted: v.optional(v.boolean()),
  /** Made for one epoch, and sent again as it is on every retry in it. */
  sealed: v.optional(v.object({ epoch: integer(0), body: v.string(), proof: v.string() })),
})
export type GroupOutboxItem = v.InferOutput<typeof GroupOutboxItem>
export const groupOutboxRecord: RecordKind<GroupOutboxItem> = { collection: 'outbox', schema: GroupOutboxItem }
export const groupOutboxPartition = (group: string): string => `group:${group}`
export const groupOutboxKey = (group: string, order: number): RecordKey => ({
  collection: 'outbox',
  partition: groupOutboxPartition(group),
  order,
})
