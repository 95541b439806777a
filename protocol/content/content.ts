/**
 * What two clients say to each other inside the encryption. The relay never sees any of it. A kind that a client does
 * not know is kept as it came, so that a newer build can show it, and is otherwise ignored.
 */

import * as v from 'valibot'
import { GroupId } from '../groups/entries.ts'
import { LIMITS } from '../limits.ts'
import { AccountId, MessageId, Timestamp, integer, listOf } from '../primitives.ts'
import { DeliveryKey } from '../sealed/delivery.ts'
import { Deletion, Edit, Pin, Reaction, SyncDelete } from './annotation.ts'
import {
  GroupHistory,
  GroupHistoryRequest,
  GroupLeave,
  GroupProfiles,
  GroupRejoin,
  GroupRejoinRequest,
} from './group-content.ts'
import { Media } from './media.ts'
import { Text } from './text.ts'
import { TimerChange } from './timer-change.ts'

export { MEDIA_VIEWS, Media, MediaItem } from './media.ts'
export { Mention, StyleRange, STYLES, Text } from './text.ts'

/** These messages were delivered to, or read by, the sender of the receipt. */
export const Receipt = v.object({
  kind: v.literal('receipt'),
  receipt: v.picklist(['delivered', 'read']),
  messageIds: listOf(MessageId, LIMITS.receiptMessages, 1),
  /** The group that they were sent to. */
  group: v.optional(GroupId),
})
export type Receipt = v.InferOutput<typeof Receipt>

/** Sent as an ephemeral message. */
export const Typing = v.object({ kind: v.literal('typing'), typing: v.boolean() })
export type Typing = v.InferOutput<typeof Typing>

/** A delivery key with its version: of two, the higher one counts. */
export const GivenDeliveryKey = v.object({ version: integer(1), key: DeliveryKey })
export type GivenDeliveryKey = v.InferOutput<typeof GivenDeliveryKey>

/** How the sender wants to be called. */
export const Profile = v.object({
  kind: v.literal('profile'),
  name: v.pipe(v.string(), v.maxLength(LIMITS.profileNameMax)),
  username: v.optional(v.pipe(v.string(), v.maxLength(LIMITS.usernameMax))),
  /** The sender's, for who reads this; to the own devices, the account's. Never in a group. */
  deliveryKey: v.optional(GivenDeliveryKey),
})
export type Profile = v.InferOutput<typeof Profile>

/** The sender of this could not decrypt that message: send it again. */
export const RetryRequest = v.object({ kind: v.literal('retryRequest'), messageId: MessageId })
export type RetryRequest = v.InferOutput<typeof RetryRequest>

/**
 * Answer to a retry request: that message once more, under a session that works. It travels as a message of its own,
 * with a new id, because a relay takes an id once, with one payload; `messageId` is the original's, and whoever has read
 * the original ignores this.
 */
export const Resent = v.object({
  kind: v.literal('resent'),
  messageId: MessageId,
  content: v.looseObject({ kind: v.string() }),
})
export type Resent = v.InferOutput<typeof Resent>

/** To the own other devices: this was sent by one of us. `content` is parsed like a received one. */
export const SyncSent = v.object({
  kind: v.literal('syncSent'),
  to: AccountId,
  messageId: MessageId,
  content: v.looseObject({ kind: v.string() }),
})
export type SyncSent = v.InferOutput<typeof SyncSent>

/** To the own other devices: these messages of `from` were read on one of us. */
export const SyncRead = v.object({
  kind: v.literal('syncRead'),
  from: AccountId,
  /** The group that they were sent to. */
  group: v.optional(GroupId),
  messageIds: listOf(MessageId, LIMITS.receiptMessages, 1),
  /** When, by the clock of the device that says so. */
  at: v.optional(Timestamp),
})
export type SyncRead = v.InferOutput<typeof SyncRead>

/** What can be decided about a contact. `deleted`: a request, with what was written in it. */
export const CONTACT_DECISIONS = ['accepted', 'deleted', 'blocked', 'unblocked'] as const
export type ContactDecision = (typeof CONTACT_DECISIONS)[number]

/** To the own other devices: this was decided about an account on one of us. */
export const SyncContact = v.object({
  kind: v.literal('syncContact'),
  account: AccountId,
  decision: v.picklist(CONTACT_DECISIONS),
})
export type SyncContact = v.InferOutput<typeof SyncContact>

export const KnownContent = v.variant('kind', [
  Text,
  Reaction,
  Edit,
  Deletion,
  Pin,
  Media,
  TimerChange,
  Receipt,
  Typing,
  Profile,
  RetryRequest,
  Resent,
  SyncSent,
  SyncRead,
  SyncDelete,
  SyncContact,
  GroupLeave,
  GroupRejoinRequest,
  GroupRejoin,
  GroupProfiles,
  GroupHistoryRequest,
  GroupHistory,
])
export type KnownContent = v.InferOutput<typeof KnownContent>

/** A kind from the future, kept as it came. */
export interface UnknownContent {
  readonly kind: 'unknown'
  readonly original: { readonly [key: string]: unknown; readonly kind: string }
}

export type Content = KnownContent | UnknownContent

const KNOWN_KINDS: ReadonlySet<string> = new Set([
  'text',
  'reaction',
  'edit',
  'delete',
  'pin',
  'media',
  'timer',
  'receipt',
  'typing',
  'profile',
  'retryRequest',
  'resent',
  'syncSent',
  'syncRead',
  'syncDelete',
  'syncContact',
  'groupLeave',
  'groupRejoinRequest',
  'groupRejoin',
  'groupProfiles',
  'groupHistoryRequest',
  'groupHistory',
])

/**
 * Whether `json` nests at most `levels` deep. Far more fits into a message, and parses, but could be neither written
 * again nor cloned (a `RangeError`): whoever stored it would fail at the same envelope for ever.
 */
function nestsWithin(json: unknown, levels: number): boolean {
  if (typeof json !== 'object' || json === null) return true
  return levels > 0 && Object.values(json).every((value: unknown) => nestsWithin(value, levels - 1))
}

const AnyContent = v.looseObject({ kind: v.pipe(v.string(), v.minLength(1), v.maxLength(64)) })

/**
 * Parses decrypted JSON. The other side is authenticated but not trusted: `undefined` when it is no content at all, a
 * known kind that breaks its schema, or nested beyond the limit.
 */
export function parseContent(json: unknown): Content | undefined {
  if (!nestsWithin(json, LIMITS.contentNesting)) return undefined
  const any = v.safeParse(AnyContent, json)
  if (!any.success) return undefined
  if (!KNOWN_KINDS.has(any.output.kind)) return { kind: 'unknown', original: any.output }
  const known = v.safeParse(KnownContent, json)
  return known.success ? known.output : undefined
}
