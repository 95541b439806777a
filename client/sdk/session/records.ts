/**
 * Every record that the engine keeps: its schema, and where it stands. A record is parsed when it is read, so that a
 * damaged or foreign store fails by name and not somewhere in the ratchet.
 */

import * as v from 'valibot'
import { GivenDeliveryKey } from '#protocol/content/content.ts'
import { MessageName } from '#protocol/content/message-name.ts'
import { SignedDeviceList } from '#protocol/device-list.ts'
import { Envelope } from '#protocol/frames/send.ts'
import { GroupId } from '#protocol/groups/entries.ts'
import { GroupRole } from '#protocol/groups/roles.ts'
import { ERROR_CODES } from '#protocol/errors.ts'
import {
  AccountId,
  DeviceAddress,
  DeviceId,
  Incarnation,
  MessageId,
  Seq,
  Timestamp,
  integer,
} from '#protocol/primitives.ts'
import { SignedPrekey } from '#protocol/prekeys.ts'
import { Timer } from '#protocol/timer.ts'
import type { Collection, Json, RecordKey } from '../store/store.ts'
import { MEDIA_FAILURES } from '../media/failures.ts'
import { Annotations } from './annotations/model.ts'
import { Revision } from './revision.ts'

/** A kind of record. */
export interface RecordKind<T extends Json> {
  readonly collection: Collection
  readonly schema: v.GenericSchema<unknown, T>
}

/** A record in the store is not what this build writes: damaged, or from another build. */
export class RecordInvalidError extends Error {
  override readonly name = 'RecordInvalidError'
  readonly code = 'recordInvalid'
  constructor(collection: Collection) {
    super(`A record of the collection "${collection}" cannot be read.`)
  }
}

/** Parses what was read. @throws RecordInvalidError */
export function parseRecord<T extends Json>(kind: RecordKind<T>, value: Json): T {
  const parsed = v.safeParse(kind.schema, value)
  if (!parsed.success) throw new RecordInvalidError(kind.collection)
  return parsed.output
}

/** JSON as it comes out of a store, whose own values need no second look. */
const AnyJson = v.custom<Json>(() => true)
const Key = v.string()
const StoredKeyPair = v.object({ publicKey: Key, privateKey: Key })

/** The account and this device of it. Written at registration or linking; `username` and `profileName` later. */
const Account = v.object({
  /** `registering` until the relay has answered; `revoked` for good. */
  stage: v.picklist(['registering', 'ready', 'revoked']),
  account: AccountId,
  device: DeviceId,
  registrationId: integer(1),
  identity: StoredKeyPair,
  /** Whatever the device key provider needs to find the key again. */
  deviceKey: AnyJson,
  devicePublicKey: Key,
  username: v.optional(v.string()),
  profileName: v.string(),
  /** Highest device id known to have been used: ids are never used again. */
  highestDevice: DeviceId,
  /** The account's delivery key, once it has one: contacts are given it. */
  deliveryKey: v.optional(
    v.object({
      ...GivenDeliveryKey.entries,
      /** Whether the relay has its verifier, as far as is known. */
      isUploaded: v.boolean(),
      /** Whether the one before opens for a while: not after a block. */
      keepFormer: v.boolean(),
    }),
  ),
})
export type Account = v.InferOutput<typeof Account>
export const accountRecord: RecordKind<Account> = { collection: 'meta', schema: Account }
export const ACCOUNT: RecordKey = { collection: 'meta', partition: 'account', order: 0 }

/** A link request that waits for its bundle. */
const PendingLink = v.object({
  linkKey: StoredKeyPair,
  registrationId: integer(1),
  deviceKey: AnyJson,
  devicePublicKey: Key,
  sealingKey: v.optional(StoredKeyPair),
  signedPrekey: v.object({ id: integer(1), publicKey: Key, privateKey: Key }),
  oneTimePrekeys: v.array(v.object({ id: integer(1), publicKey: Key, privateKey: Key })),
})
export type PendingLink = v.InferOutput<typeof PendingLink>
export const pendingLinkRecord: RecordKind<PendingLink> = { collection: 'meta', schema: PendingLink }
export const PENDING_LINK: RecordKey = { collection: 'meta', partition: 'link', order: 0 }

/** How far this device's inbox was read. Moves with the effects of what was read. */
const Cursor = v.object({ incarnation: v.optional(Incarnation), lastSeq: Seq })
export type Cursor = v.InferOutput<typeof Cursor>
export const cursorRecord: RecordKind<Cursor> = { collection: 'meta', schema: Cursor }
export const CURSOR: RecordKey = { collection: 'meta', partition: 'cursor', order: 0 }

const Settings = v.object({
  deliveryReceipts: v.boolean(),
  readReceipts: v.boolean(),
  typing: v.boolean(),
  /**
   * Whether strangers may write without asking: what they begin is no request. For programs, which cannot be asked. Settings that were stored
   * before there was the choice go on as they were.
   */
  acceptsStrangers: v.optional(v.boolean(), true),
})
export type Settings = v.InferOutput<typeof Settings>
export const settingsRecord: RecordKind<Settings> = { collection: 'meta', schema: Settings }
export const SETTINGS: RecordKey = { collection: 'meta', partition: 'settings', order: 0 }
export const DEFAULT_SETTINGS: Settings = {
  deliveryReceipts: true,
  readReceipts: true,
  typing: true,
  acceptsStrangers: false,
}

const PrekeyState = v.object({
  nextOneTimeId: integer(1),
  /** One-time prekeys below this id may have been handed out by a relay that forgot: they are not offered again. */
  offerFrom: integer(1),
  signedId: integer(1),
  signedAt: Timestamp,
})
export type PrekeyState = v.InferOutput<typeof PrekeyState>
export const prekeyStateRecord: RecordKind<PrekeyState> = { collection: 'meta', schema: PrekeyState }
export const PREKEY_STATE: RecordKey = { collection: 'meta', partition: 'prekeys', order: 0 }

const OneTimePrekeyRecord = v.object({ publicKey: Key, privateKey: Key })
export type OneTimePrekeyRecord = v.InferOutput<typeof OneTimePrekeyRecord>
export const oneTimePrekeyRecord: RecordKind<OneTimePrekeyRecord> = {
  collection: 'prekey',
  schema: OneTimePrekeyRecord,
}
export const ONE_TIME_PREKEYS = 'oneTime'
export const oneTimePrekeyKey = (id: number): RecordKey => ({
  collection: 'prekey',
  partition: ONE_TIME_PREKEYS,
  order: id,
})

const SignedPrekeyRecord = v.object({ ...SignedPrekey.entries, privateKey: Key, retiredAt: v.optional(Timestamp) })
export type SignedPrekeyRecord = v.InferOutput<typeof SignedPrekeyRecord>
export const signedPrekeyRecord: RecordKind<SignedPrekeyRecord> = { collection: 'prekey', schema: SignedPrekeyRecord }
export const SIGNED_PREKEYS = 'signed'
export const signedPrekeyKey = (id: number): RecordKey => ({
  collection: 'prekey',
  partition: SIGNED_PREKEYS,
  order: id,
})

/**
 * A key that envelopes are sealed to; its order counts up. A former one is kept for what the inbox may hold. `listedAt`: when this device first
 * saw it in force.
 */
const SealingKeyRecord = v.object({
  publicKey: Key,
  privateKey: Key,
  listedAt: v.optional(Timestamp),
  retiredAt: v.optional(Timestamp),
})
export type SealingKeyRecord = v.InferOutput<typeof SealingKeyRecord>
export const sealingKeyRecord: RecordKind<SealingKeyRecord> = { collection: 'prekey', schema: SealingKeyRecord }
export const SEALING_KEYS = 'sealing'
export const sealingKeyKey = (order: number): RecordKey => ({ collection: 'prekey', partition: SEALING_KEYS, order })

/** The ratchet with one device. */
const Session = v.object({
  record: v.string(),
  /** Start anew at the next message: the other side and we are out of step. What is under way can still be read. */
  renew: v.optional(v.boolean()),
  renewedAt: v.optional(Timestamp),
})
export type Session = v.InferOutput<typeof Session>
export const sessionRecord: RecordKind<Session> = { collection: 'session', schema: Session }
export const sessionKey = (account: string, device: number): RecordKey => ({
  collection: 'session',
  partition: account,
  order: device,
})

/** The identity key of an account, pinned on first use. `offered` is another that waits for the user's decision. */
const Identity = v.object({ key: Key, offered: v.optional(Key) })
export type Identity = v.InferOutput<typeof Identity>
export const identityRecord: RecordKind<Identity> = { collection: 'identity', schema: Identity }
export const identityKey = (account: string): RecordKey => ({ collection: 'identity', partition: account, order: 0 })

/** The newest verified device list of an account. */
export const deviceListRecord: RecordKind<SignedDeviceList> = { collection: 'deviceList', schema: SignedDeviceList }
export const deviceListKey = (account: string): RecordKey => ({
  collection: 'deviceList',
  partition: account,
  order: 0,
})

/** A delivery token. */
export const BlindTokenRecord = v.object({ keyId: integer(1), nonce: Key, secret: Key })

/** One message to one account, from its writing to the relay's answer. */
const OutboxItem = v.object({
  /** Under which the relay knows it. */
  wireId: MessageId,
  to: AccountId,
  content: AnyJson,
  /** The visible message whose state follows this item: its conversation and id. */
  message: v.optional(v.object({ conversation: AccountId, id: MessageId })),
  urgent: v.optional(v.boolean()),
  /** How often the content was sent before. */
  resent: v.optional(integer(0)),
  /** Whose words are in the content: the message of this author and id. They go with it; see `Copy`. */
  of: v.optional(MessageName),
  /** Made once, and sent again as they are on every retry. */
  sealed: v.optional(v.object({ deviceListVersion: integer(0), envelopes: v.array(Envelope) })),
  /** The same, each in its seal, where the relay is not told who sends them; good until the certificate within ends. */
  covered: v.optional(v.object({ envelopes: v.array(Envelope), until: Timestamp })),
  /** The token that opens a stranger's inbox to it. It is good for nothing else any more. */
  token: v.optional(BlindTokenRecord),
})
export type OutboxItem = v.InferOutput<typeof OutboxItem>
export const outboxRecord: RecordKind<OutboxItem> = { collection: 'outbox', schema: OutboxItem }
export const OUTBOX_QUEUE = 'queue'
export const outboxKey = (order: number): RecordKey => ({ collection: 'outbox', partition: OUTBOX_QUEUE, order })

/** What was sent, kept for as long as a device may ask for it again. Its order is the one it had in the queue. */
const SentItem = v.object({
  wireId: MessageId,
  to: AccountId,
  content: AnyJson,
  at: Timestamp,
  resent: integer(0),
  of: v.optional(MessageName),
})
export type SentItem = v.InferOutput<typeof SentItem>
export const sentRecord: RecordKind<SentItem> = { collection: 'outbox', schema: SentItem }
export const SENT_LOG = 'sent'
export const sentKey = (order: number): RecordKey => ({ collection: 'outbox', partition: SENT_LOG, order })
const SentIndex = v.object({ order: integer(0) })
export const sentIndexRecord: RecordKind<v.InferOutput<typeof SentIndex>> = { collection: 'outbox', schema: SentIndex }
export const sentIndexKey = (wireId: string): RecordKey => ({
  collection: 'outbox',
  partition: `id:${wireId}`,
  order: 0,
})

/** That the queue, or what was sent, has a message's words at this order. Goes with the item that has them. */
export const copyRecord: RecordKind<true> = { collection: 'outbox', schema: v.literal(true) }
export const copiesOf = ({ author, id }: MessageName): string => `of:${author}:${id}`
export const copyKey = (of: MessageName, order: number): RecordKey => ({
  collection: 'outbox',
  partition: copiesOf(of),
  order,
})

/** Messages whose delivery or reading waits to be confirmed; one record for each page and author. */
const OwedReceipts = v.object({
  account: AccountId,
  receipt: v.picklist(['delivered', 'read']),
  messageIds: v.array(MessageId),
  /** The group that they were sent to. */
  group: v.optional(GroupId),
})
export type OwedReceipts = v.InferOutput<typeof OwedReceipts>
export const owedReceiptsRecord: RecordKind<OwedReceipts> = { collection: 'outbox', schema: OwedReceipts }
export const OWED_RECEIPTS = 'receipts'
export const owedReceiptsKey = (order: number): RecordKey => ({ collection: 'outbox', partition: OWED_RECEIPTS, order })

export const MESSAGE_STATES = ['received', 'queued', 'blocked', 'failed', 'sent', 'delivered', 'read'] as const
export type MessageState = (typeof MESSAGE_STATES)[number]

/** Why a message was not sent: what the relay said, or what became of a file that it passes on. */
export const SEND_FAILURES = [...ERROR_CODES, ...MEDIA_FAILURES] as const
export type SendFailure = (typeof SEND_FAILURES)[number]

/** A visible message of a conversation; its order is its place in the timeline. */
const Message = v.object({
  id: MessageId,
  /** Its author: an account, and the device when known. */
  from: v.object({ account: AccountId, device: v.optional(DeviceId) }),
  /** When the relay accepted it, or, for an own one, when it was written. Milliseconds since 1970. */
  at: Timestamp,
  /** `received` for the messages of others, whether read or not. */
  state: v.picklist(MESSAGE_STATES),
  /** Why it failed. */
  failure: v.optional(v.picklist(SEND_FAILURES)),
  /** A text, or content of a kind that this build does not know, as it came; `null` once it was deleted for everyone. */
  content: AnyJson,
  /** What was done to it since. */
  annotations: v.optional(Annotations),
  /** What happened in a group: then this is no message, and `content` says nothing. Never written from what somebody sent. */
  event: v.optional(AnyJson),
  /** In a group: who has read an own message, and when this device heard of it. */
  readBy: v.optional(v.array(v.object({ account: AccountId, at: Timestamp }))),
  /** Seconds that it stays once its timer runs, as its content says. */
  timer: v.optional(Timer),
  /** When its timer began, by this device's clock; absent until then. */
  startedAt: v.optional(Timestamp),
  /** In a group, from before this device came: the account on whose word it stands here. */
  sharedBy: v.optional(AccountId),
})
export type MessageRecord = v.InferOutput<typeof Message>
export const messageRecord: RecordKind<MessageRecord> = { collection: 'message', schema: Message }
export const messageKey = (conversation: string, order: number): RecordKey => ({
  collection: 'message',
  partition: conversation,
  order,
})

/**
 * How what is said reaches an account. `sealed`: by its delivery key, and `token`: by a token, so that the relay does not learn
 * who sends it. `identified`: the relay sees who writes to whom.
 */
export const WAYS = ['sealed', 'token', 'identified'] as const
export type Way = (typeof WAYS)[number]

export const GROUP_STAGES = ['joining', 'joined', 'rejoining', 'left', 'removed', 'broken'] as const

/** A conversation with one account, or of a group. Counts are kept as messages come and are read. */
const Conversation = v.object({
  /** Order that the next message gets, from 1. */
  nextOrder: integer(1),
  unread: integer(0),
  /** Everything up to this order was read. */
  readUpTo: integer(0),
  lastAt: Timestamp,
  /** What the other side calls itself. */
  name: v.optional(v.string()),
  username: v.optional(v.string()),
  /** Whether the other side was told our profile. */
  profileSent: v.boolean(),
  /** The timer of what is written here from now on; absent when it stays. Of a group: what its details say. */
  timer: v.optional(Timer),
  /** Which change of the timer that is, in a conversation of two; see `revision.ts`. */
  timerSet: v.optional(Revision),
  /** Messages that are pinned, by their places in the timeline. */
  pins: v.optional(v.array(v.object({ ...MessageName.entries, order: integer(1) }))),
  /** The key that opens the other side's inbox to us, unseen. `isRefused`: the relay does not take it, until a higher version comes. */
  deliveryKey: v.optional(v.object({ ...GivenDeliveryKey.entries, isRefused: v.optional(v.boolean()) })),
  /** How the last message went. */
  way: v.optional(v.picklist(WAYS)),
  /** A stranger began it, and nothing was decided yet. */
  request: v.optional(v.boolean()),
  /** What it sends is dropped. */
  blocked: v.optional(v.boolean()),
  /** Of a group, as far as a list shows it; the rest is in its state. */
  group: v.optional(
    v.object({
      members: integer(0),
      role: GroupRole,
      stage: v.picklist(GROUP_STAGES),
      /** Unread messages that name this account. */
      mentions: integer(0),
    }),
  ),
})
export type ConversationRecord = v.InferOutput<typeof Conversation>
export const conversationRecord: RecordKind<ConversationRecord> = { collection: 'conversation', schema: Conversation }
export const conversationKey = (account: string): RecordKey => ({
  collection: 'conversation',
  partition: account,
  order: 0,
})

/**
 * That a message was dealt with, by author and id, and where it stands when it is visible. `early` is what we heard of a
 * message that has not come yet (a receipt may overtake the copy for the own other devices).
 */
const Seen = v.object({
  conversation: v.optional(AccountId),
  order: v.optional(integer(1)),
  early: v.optional(v.picklist(['delivered', 'read'])),
  /** When it was read on another own device. */
  earlyAt: v.optional(Timestamp),
  /**
   * Where a copy stands that a member shared, in `conversation`, while the message itself has not come. Such a copy is on
   * somebody's word: it must not keep the message away, which takes its place.
   */
  shared: v.optional(integer(1)),
})
export type Seen = v.InferOutput<typeof Seen>
export const seenRecord: RecordKind<Seen> = { collection: 'received', schema: Seen }
export const seenKey = (author: string, id: string): RecordKey => ({
  collection: 'received',
  partition: `${author}:${id}`,
  order: 0,
})

/** What was done to a message that has not come to its conversation yet. */
export const earlyRecord: RecordKind<Annotations> = { collection: 'received', schema: Annotations }
export const earlyKey = (conversation: string, { author, id }: MessageName): RecordKey => ({
  collection: 'received',
  partition: `early ${conversation} ${author} ${id}`,
  order: 0,
})

/** Of a conversation, the messages with an {@link earlyRecord}: the one heard of first comes first. */
const EarlyIndex = v.object({ names: v.array(MessageName) })
export const earlyIndexRecord: RecordKind<v.InferOutput<typeof EarlyIndex>> = {
  collection: 'received',
  schema: EarlyIndex,
}
export const earlyIndexKey = (conversation: string): RecordKey => ({
  collection: 'received',
  partition: `early ${conversation}`,
  order: 0,
})

/** Which `seen` records of invisible messages a page made, so that they can go when the relay has forgotten them too. */
const SeenLog = v.object({ at: Timestamp, partitions: v.array(v.string()) })
export const seenLogRecord: RecordKind<v.InferOutput<typeof SeenLog>> = { collection: 'received', schema: SeenLog }
export const SEEN_LOG = 'log'
export const seenLogKey = (order: number): RecordKey => ({ collection: 'received', partition: SEEN_LOG, order })

/** An envelope that could not be read: kept for diagnosis, and for an identity that may yet be accepted. */
const Quarantined = v.object({
  messageId: MessageId,
  from: v.optional(DeviceAddress),
  at: Timestamp,
  body: v.string(),
  code: v.string(),
  /** Whether its sender was asked to send it again. */
  asked: v.boolean(),
})
export type Quarantined = v.InferOutput<typeof Quarantined>
export const quarantineRecord: RecordKind<Quarantined> = { collection: 'quarantine', schema: Quarantined }
export const QUARANTINE = 'envelope'
export const quarantineKey = (order: number): RecordKey => ({ collection: 'quarantine', partition: QUARANTINE, order })

/** A hole in the inbox, as the relay told it. */
const GapRecord = v.object({ from: Seq, to: Seq, reason: v.string(), at: Timestamp })
export const gapRecord: RecordKind<v.InferOutput<typeof GapRecord>> = { collection: 'quarantine', schema: GapRecord }
export const GAPS = 'gap'
export const gapKey = (order: number): RecordKey => ({ collection: 'quarantine', partition: GAPS, order })

/** The account of a username that was looked up. */
const KnownUsername = v.object({ account: AccountId })
export const usernameRecord: RecordKind<v.InferOutput<typeof KnownUsername>> = {
  collection: 'username',
  schema: KnownUsername,
}
export const usernameKey = (canonical: string): RecordKey => ({
  collection: 'username',
  partition: canonical,
  order: 0,
})
