/** What the interface keeps of its own, in a store beside the engine's: nothing here is known to the relay or to contacts. */

import * as v from 'valibot'
import { MEDIA_VIEWS } from '#protocol/content/media.ts'
import { Mention, StyleRange } from '#protocol/content/content.ts'
import { AccountId, MessageId, Timestamp, integer } from '#protocol/primitives.ts'
import type { GroupEvent } from '#sdk/index.ts'
import { MESSAGE_STATES, type RecordKind } from '#sdk/session/records.ts'
import type { RecordKey } from '#sdk/store/store.ts'

/** The newest message, so that the list is shown without reading a timeline for each row. */
const Preview = v.object({
  id: MessageId,
  order: integer(1),
  text: v.string(),
  outgoing: v.boolean(),
  state: v.picklist(MESSAGE_STATES),
  kind: v.picklist(['text', 'media', 'deleted', 'unknown', 'groupEvent']),
  /** Of files: what the first one is. */
  view: v.optional(v.picklist(MEDIA_VIEWS)),
  /** In a group: how the author of somebody else's message is called. */
  author: v.optional(v.string()),
  /** It disappears: perhaps while this profile is closed. */
  isTimed: v.optional(v.boolean()),
  /** What happened in a group, as the engine says it, with names of accounts. Absent in records of older builds. */
  happened: v.optional(v.object({ event: v.custom<GroupEvent>(() => true), names: v.record(v.string(), v.string()) })),
})
export type Preview = v.InferOutput<typeof Preview>

const UiConversation = v.object({
  /** As it was found, until its owner says how it is called. */
  username: v.optional(v.string()),
  draft: v.optional(v.string()),
  draftStyles: v.optional(v.array(StyleRange)),
  draftMentions: v.optional(v.array(Mention)),
  pinned: v.optional(v.boolean()),
  archived: v.optional(v.boolean()),
  /** `null`: for good. */
  mutedUntil: v.optional(v.nullable(Timestamp)),
  /** The identity key that was compared: another one is not verified. */
  verifiedKey: v.optional(v.string()),
  preview: v.optional(Preview),
})
export type UiConversation = v.InferOutput<typeof UiConversation>
export const uiConversationRecord: RecordKind<UiConversation> = { collection: 'conversation', schema: UiConversation }
export const uiConversationKey = (account: string): RecordKey => ({
  collection: 'conversation',
  partition: account,
  order: 0,
})

const UiProfile = v.object({
  recoveryKey: v.optional(v.string()),
  recoveryConfirmed: v.boolean(),
  /** Devices of the own account that the user knows of; absent until they were looked at first. */
  knownDevices: v.optional(v.array(integer(1))),
})
export type UiProfile = v.InferOutput<typeof UiProfile>
export const uiProfileRecord: RecordKind<UiProfile> = { collection: 'meta', schema: UiProfile }
export const UI_PROFILE: RecordKey = { collection: 'meta', partition: 'profile', order: 0 }

/** A line between messages. Partition: the conversation; order: a running number. */
const Notice = v.object({
  conversation: AccountId,
  /** Stands after the message of this order. */
  after: integer(0),
  at: Timestamp,
  notice: v.picklist(['identityChanged', 'identityAccepted', 'undecryptable', 'gap']),
  asked: v.optional(v.boolean()),
  /** Of an unreadable message: the notice goes when it comes after all. */
  messageId: v.optional(v.string()),
})
export type Notice = v.InferOutput<typeof Notice>
export const noticeRecord: RecordKind<Notice> = { collection: 'message', schema: Notice }
export const noticeKey = (conversation: string, number: number): RecordKey => ({
  collection: 'message',
  partition: conversation,
  order: number,
})
