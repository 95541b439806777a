/**
 * What the tabs and the one engine of a browser profile say to each other. Commands go up as calls; what the engine has to
 * show comes down as events. Tabs hold no key and no ratchet: everything here is data to show, or an intent.
 */

import type { ContactDecision, Mention, StyleRange } from '#protocol/content/content.ts'
import type { PushTarget } from '#protocol/push.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import type { GroupPolicy, GroupRole } from '#protocol/groups/roles.ts'
import type {
  ConnectionState,
  GroupEvent,
  GroupStage,
  Caption,
  KeyLogAlarm,
  MediaFailure,
  MediaFile,
  MediaPlace,
  MediaStatus,
  MediaView,
  KeyLogStatus,
  MessageContent,
  MessageState,
  SendFailure,
  OwnDevice,
  Quote,
  SearchCoverage,
  SearchQuery,
} from '#sdk/index.ts'

/** How the data at rest is protected beyond the device. */
export type AppLock = 'none' | 'passphrase' | 'passkey'

/** Where this browser profile stands. */
export type Phase =
  | { readonly phase: 'starting' }
  /** Another build of this client runs the engine: it ends when its tabs are closed or reloaded. */
  | { readonly phase: 'waitingForOtherBuild' }
  | { readonly phase: 'locked'; readonly lock: Exclude<AppLock, 'none'> }
  /** No account on this device. `recoverySaved`: the second step of onboarding is done. */
  | { readonly phase: 'new' }
  | { readonly phase: 'ready'; readonly profile: OwnProfile }
  /** This device was removed from the account: data can be read, nothing sent. */
  | { readonly phase: 'revoked'; readonly profile: OwnProfile }
  /** The browser cannot or will not keep data: why, as a code the interface explains. */
  | { readonly phase: 'failed'; readonly code: FailureCode }

export type FailureCode =
  'storageUnavailable' | 'storageLost' | 'storageFull' | 'storageNewer' | 'locksUnavailable' | 'internal'

export interface OwnProfile {
  readonly account: string
  readonly device: number
  readonly username?: string
  readonly name: string
  readonly appLock: AppLock
  /** The recovery key was shown and confirmed. */
  readonly recoveryConfirmed: boolean
  readonly settings: Settings
}

export interface Settings {
  readonly deliveryReceipts: boolean
  readonly readReceipts: boolean
  readonly typing: boolean
  /** What strangers begin is a conversation at once, and no request. */
  readonly acceptsStrangers: boolean
}

/** A row of the conversation list. Rows of contacts that nothing was exchanged with yet have `lastAt` 0. */
export interface ConversationRow {
  /** The other account's id, or the group's. */
  readonly id: string
  /** Of a group. Its name is the row's. */
  readonly group?: GroupSummary
  readonly name?: string
  readonly username?: string
  readonly unread: number
  /** Unread messages of a group that name this account. */
  readonly mentions?: number
  readonly lastAt: number
  readonly lastOrder: number
  readonly readUpTo: number
  /** Seconds after which what is written here from now on disappears; absent when it stays. */
  readonly timer?: number
  /** Orders of the messages that are pinned, ascending; absent without any. */
  readonly pinnedMessages?: readonly number[]
  /** How the last message went; absent before one did. `identified`: the relay saw who wrote it. */
  readonly way?: 'sealed' | 'token' | 'identified'
  /** A stranger began it, and nothing was decided. */
  readonly request?: true
  /** What the other side sends is dropped. */
  readonly blocked?: true
  readonly preview?: {
    readonly text: string
    readonly outgoing: boolean
    readonly state: MessageState
    readonly kind: MessageContent['kind']
    /** Of files: what the first one is. */
    readonly view?: MediaView['view']
    /** In a group: what its author calls itself, if it is known and somebody else. */
    readonly author?: string
    /** What happened, and names of the accounts in it. Absent where an older build noted it. */
    readonly happened?: { readonly event: GroupEvent; readonly names: Readonly<Record<string, string>> }
  }
  readonly draft?: string
  /** Absent without any. Not yet within the limits of a message. */
  readonly draftStyles?: readonly StyleRange[]
  readonly draftMentions?: readonly Mention[]
  readonly pinned: boolean
  readonly archived: boolean
  /** Until when notifications are off: milliseconds since 1970; `Infinity` travels as `null`; absent when they are on. */
  readonly mutedUntil?: number | null
  readonly verified: boolean
  /** The contact came with another identity key: nothing is sent until it is accepted. */
  readonly identityChanged: boolean
}

/** What the list shows of a group. */
export interface GroupSummary {
  /** Accounts, this one included. */
  readonly members: number
  /** The own role. */
  readonly role: GroupRole
  readonly stage: GroupStage
}

/** A group, for its screen. */
export interface GroupView extends GroupSummary {
  readonly id: string
  readonly name: string
  /** Everybody who is in, by rank and name. */
  readonly list: readonly GroupMemberView[]
  readonly policy: GroupPolicy
  /** The ways in; only those who may manage them see any. */
  readonly links: readonly { readonly id: string; readonly url: string }[]
  /** Seconds that members wait between two messages. */
  readonly slowMode?: number
  /** Seconds after which messages disappear; absent when they stay. */
  readonly timer?: number
  /** Messages from before they came that joiners are shown. */
  readonly history?: number
  /** The ciphersuite, for who wants to know: 83 is post-quantum. */
  readonly suite: number
  readonly epoch: number
  /** Of a broken group: the conversation of the one that was made in its place. */
  readonly successor?: string
}

export interface GroupMemberView {
  readonly account: string
  readonly name?: string
  readonly username?: string
  readonly role: GroupRole
  readonly devices: number
  readonly isSelf: boolean
  /** Its safety number was compared. */
  readonly verified: boolean
  /** It said that it leaves, and nobody has removed it yet. */
  readonly hasLeft: boolean
}

/** A person, by the name that they give themselves, where that is known. */
export interface Named {
  readonly account: string
  readonly name?: string
}

/** What a message answers. */
export interface QuoteView {
  readonly id: string
  readonly author: Named
  /** Its place in the timeline; absent when this device does not have it, or not any more. */
  readonly order?: number
  readonly text?: Quote['text']
  readonly file?: Quote['file']
  readonly deleted?: true
}

/** One emoji on a message. */
export interface ReactionView {
  readonly emoji: string
  readonly count: number
  /** Whether this account chose it. */
  readonly isOwn: boolean
}

/** Somebody's emoji on a message. */
export interface Reactor extends Named {
  readonly emoji: string
}

/** Words that a text had, and when it got them. */
export interface Version {
  readonly at: number
  readonly body: string
  readonly styles?: readonly StyleRange[]
  readonly mentions?: readonly Mention[]
}

/** A message that was found. */
export interface SearchHitView {
  readonly conversation: string
  readonly order: number
  readonly at: number
  readonly author: Named
  /** Of files: what is written below them, if anything is. */
  readonly body: string
  readonly styles?: readonly StyleRange[]
  /** Where the words stand in it. */
  readonly ranges: readonly FoundRange[]
  /** Its files whose names have the words; else the first. */
  readonly files?: readonly {
    readonly view: MediaView['view']
    /** Empty where it has none. */
    readonly name: string
    readonly ranges: readonly FoundRange[]
  }[]
}

export interface FoundRange {
  readonly start: number
  readonly length: number
}

export interface SearchResultView {
  /** The newest first. */
  readonly hits: readonly SearchHitView[]
  readonly more: boolean
  readonly coverage: SearchCoverage
}

/** What stands in a timeline, in `order`. */
export type TimelineItem =
  | {
      readonly kind: 'message'
      readonly id: string
      readonly order: number
      readonly outgoing: boolean
      /** In a group, of the messages of others. */
      readonly author?: { readonly account: string; readonly name?: string }
      readonly at: number
      readonly state: MessageState
      readonly failure?: SendFailure
      /** In a group: how many members have read an own message. */
      readonly readBy?: number
      /** In a group, from before this device came: who shared it. On that account's word stands who wrote it, and what. */
      readonly sharedBy?: { readonly account: string; readonly name?: string }
      readonly content: MessageContent
      /** What it answers, as far as this device has that. */
      readonly quote?: QuoteView
      /** The words are not its author's: they were written elsewhere. */
      readonly forwarded?: true
      /** Its words were changed since; when last. */
      readonly edited?: { readonly at: number }
      /** By emoji, the most frequent first. */
      readonly reactions?: readonly ReactionView[]
      readonly pinned?: true
      /** Seconds after which it disappears, once it was sent or read. */
      readonly timer?: number
      /** When it disappears; absent until its timer runs. */
      readonly expiresAt?: number
    }
  | {
      readonly kind: 'groupEvent'
      readonly id: string
      readonly order: number
      readonly at: number
      readonly event: GroupEvent
      /** Names of the accounts in it, as far as they are known. The own account is not among them. */
      readonly names: Readonly<Record<string, string>>
    }
  | {
      readonly kind: 'notice'
      readonly id: string
      /** Stands after the message of this order. */
      readonly order: number
      readonly at: number
      readonly notice: 'identityChanged' | 'identityAccepted' | 'undecryptable' | 'gap'
      /** Of an unreadable message: whether its sender was asked to send it again. */
      readonly asked?: boolean
    }

export interface TimelinePage {
  readonly items: readonly TimelineItem[]
  /** Whether there are older ones. */
  readonly more: boolean
}

/** Somebody who is typing. The name is as the account gives it, where it is known. */
export interface Typist {
  readonly account: string
  readonly name?: string
}

/** What comes down, to every tab. */
export type EngineEvent =
  | { readonly type: 'phase'; readonly phase: Phase }
  | {
      readonly type: 'connection'
      readonly state: ConnectionState
      readonly queued: number
      readonly stopped?: string
      /** What is wrong with the key log; absent when nothing is. */
      readonly keyLogAlarms?: readonly KeyLogAlarm[]
      /** To how many people messages wait because the key log has not proven their devices; absent for none. */
      readonly unproven?: number
      /** Devices of the own account that nobody here has said to know; absent for none. */
      readonly newDevices?: readonly number[]
    }
  /** All rows: when a tab connects and after an unlock. */
  | { readonly type: 'conversations'; readonly rows: readonly ConversationRow[] }
  | { readonly type: 'conversation'; readonly row: ConversationRow }
  | { readonly type: 'conversationRemoved'; readonly id: string }
  | { readonly type: 'items'; readonly conversation: string; readonly items: readonly TimelineItem[] }
  /** Messages that disappeared. */
  | { readonly type: 'itemsRemoved'; readonly conversation: string; readonly ids: readonly string[] }
  /** The timers of messages run now. */
  | {
      readonly type: 'timers'
      readonly conversation: string
      readonly messages: readonly { readonly id: string; readonly expiresAt: number }[]
    }
  /** Items came or went besides those at the end: what is shown of it is read again. */
  | { readonly type: 'timelineChanged'; readonly conversation: string }
  /** What a notice said is true no more: a message that could not be read came after all. */
  | { readonly type: 'noticeRemoved'; readonly conversation: string; readonly id: string }
  | {
      readonly type: 'messageState'
      readonly conversation: string
      readonly id: string
      readonly state: MessageState
      readonly failure?: SendFailure
    }
  /** Who is typing now, who began first before the others; nobody any more when it is empty. */
  | { readonly type: 'typing'; readonly conversation: string; readonly typists: readonly Typist[] }
  /** A file is on its way, here, or cannot be. */
  | { readonly type: 'media'; readonly place: MediaPlace; readonly status: MediaStatus }
  | { readonly type: 'devicesChanged' }
  /** Members, roles or details of a group changed: {@link EngineApi.group} has them. */
  | { readonly type: 'groupChanged'; readonly conversation: string }

/** A call that failed, in a form that crosses threads: what a tab may branch on, and nothing else. */
export interface CommandFailure {
  readonly code:
    | ErrorCode
    /** Nobody of this account can be added: it has no device with keys for groups. */
    | 'memberUnreachable'
    /** The group's cryptography does not hold: nothing is sent to it any more. */
    | 'groupBroken'
    /** A conversation has as many pinned messages as one looks through. */
    | 'tooManyPinned'
    | 'offline'
    | 'contentInvalid'
    /** A file is too large, or there are too many; it cannot be read; it is not what its message says; it was cancelled. */
    | 'mediaTooLarge'
    | 'mediaUnreadable'
    | 'mediaCancelled'
    | MediaFailure
    | 'wrongPassphrase'
    | 'wrongRecoveryKey'
    | 'locked'
    | FailureCode
  readonly retryAfterMs?: number
}

export type Unlock =
  | { readonly by: 'passphrase'; readonly passphrase: string }
  /** What the passkey's PRF extension answered: 32 octets. */
  | { readonly by: 'passkey'; readonly secret: Uint8Array }
  | { readonly by: 'recoveryKey'; readonly recoveryKey: string }

export type NewAppLock =
  | { readonly lock: 'none' }
  | { readonly lock: 'passphrase'; readonly passphrase: string }
  | { readonly lock: 'passkey'; readonly secret: Uint8Array; readonly credentialId: string; readonly salt: string }

/** The commands. Each rejects with a {@link CommandFailure}. */
export interface EngineApi {
  /** The present phase, connection and conversation rows come as events right after a tab subscribes. */
  register(options: { username: string; name: string; invite?: string }): Promise<void>
  /** Makes (once) and answers the recovery key: 24 letters and digits in groups of four. It opens a locked client. */
  recoveryKey(): Promise<string>
  /** The user has typed the recovery key's last group: step two is done. Answers whether it was right. */
  confirmRecoveryKey(lastGroup: string): Promise<boolean>

  unlock(by: Unlock): Promise<void>
  lock(): Promise<void>
  setAppLock(lock: NewAppLock): Promise<void>
  /** For the passkey that locks: what `navigator.credentials.get` needs. */
  passkeyLock(): Promise<{ credentialId: string; salt: string } | undefined>

  /** Opens (or makes) the conversation with an account found by its username. */
  openByUsername(username: string): Promise<string>
  /** Opens (or makes) the conversation with an account named by a link. */
  openByAccount(account: string): Promise<string>
  timeline(conversation: string, range: { before?: number; after?: number; limit: number }): Promise<TimelinePage>
  /**
   * Keeps a text and sends it when it can. Resolves once it is durable.
   *
   * @param id the message's, drawn by the tab (`drawMessageId`): the same text under the same id is one message, so that
   *   this can be repeated, as every other command, when the engine died before it answered
   */
  sendText(
    conversation: string,
    body: string,
    styles: readonly StyleRange[],
    id: string,
    mentions?: readonly Mention[],
    quote?: MessageName,
  ): Promise<void>
  retryMessage(id: string): Promise<void>
  /**
   * Keeps files and sends them, as one message, when they are stored. Resolves once all of them are durable.
   *
   * @param id as of {@link sendText}
   */
  sendFiles(conversation: string, files: readonly MediaFile[], caption: Caption, id: string): Promise<void>
  /** Takes back an own message whose files are not all stored yet. */
  cancelFiles(conversation: string, id: string): Promise<void>
  /** Where each file of a message is. Changes come as events. */
  mediaStatus(place: Omit<MediaPlace, 'item'>): Promise<readonly MediaStatus[]>
  /** Brings a file here. Resolves when it is. */
  loadMedia(place: MediaPlace): Promise<void>
  stopMedia(place: MediaPlace): Promise<void>
  /** The octets of a file that is here. Of no type: what its author says that it is, is not for the browser to believe. */
  mediaBlob(place: MediaPlace): Promise<Blob>
  /** Says by one emoji how one feels about a message; without one, takes that back. */
  react(conversation: string, of: MessageName, emoji?: string): Promise<void>
  /** Other words for an own text. */
  editMessage(
    conversation: string,
    id: string,
    body: string,
    styles: readonly StyleRange[],
    mentions: readonly Mention[],
  ): Promise<void>
  /** For everyone, or for this account only. May fail with `roleInsufficient`. */
  deleteMessage(conversation: string, of: MessageName, isForEveryone: boolean): Promise<void>
  /** For everyone in the conversation. May fail with `roleInsufficient`, `tooManyPinned`. */
  pinMessage(conversation: string, of: MessageName, isPinned: boolean): Promise<void>
  /** The newest message last. */
  pinnedMessages(conversation: string): Promise<readonly TimelineItem[]>
  /** Sends a text's words to another conversation. @param id the new message's, as of `sendText` */
  forwardMessage(conversation: string, of: MessageName, to: string, id: string): Promise<void>
  /** All words that a text had, the first ones first. */
  versionsOf(conversation: string, of: MessageName): Promise<readonly Version[]>
  /** Messages of this device with these words. Its answer says what was searched: while that is `reading`, ask again. */
  search(query: SearchQuery): Promise<SearchResultView>
  /** Who chose which emoji. */
  reactionsOf(conversation: string, of: MessageName): Promise<readonly Reactor[]>
  markRead(conversation: string, upToMessage?: string): Promise<void>
  setTyping(conversation: string, typing: boolean): Promise<void>
  /** About a request, or a contact: see the engine's `decide`. */
  decide(conversation: string, decision: ContactDecision): Promise<void>
  /** After how long what is written from now on disappears, for all in the conversation: seconds; 0: never. */
  setTimer(conversation: string, seconds: number): Promise<void>
  /** An empty one is none. */
  saveDraft(
    conversation: string,
    draft: string,
    styles: readonly StyleRange[],
    mentions?: readonly Mention[],
  ): Promise<void>
  setPinned(conversation: string, pinned: boolean): Promise<void>
  setArchived(conversation: string, archived: boolean): Promise<void>
  /** `null`: for good; `undefined`: no longer. */
  setMuted(conversation: string, until: number | null | undefined): Promise<void>

  /** Twelve groups of five digits. */
  safetyNumber(conversation: string): Promise<readonly string[]>
  setVerified(conversation: string, verified: boolean): Promise<void>
  /** Trusts a changed key. With the safety number that was compared: only the key that it is of (else `malformed`). */
  acceptIdentity(conversation: string, compared?: readonly string[]): Promise<void>

  /** What the key log shows of a contact, and of the own account. */
  trust(conversation: string): Promise<TrustView>
  /** Requires a witness of the key log, by its verifier key, or no longer; `contentInvalid` when it is none. */
  chooseWitness(key: string, isChosen: boolean): Promise<void>
  /** Everything that was ever wrong with the key log, with what proves it: JSON, to be shown to others. Holds no secret. */
  keyLogEvidence(): Promise<string>
  /** Goes on in spite of the alarms about an account, or, without one, about the log: trust on first use again. */
  dismissKeyLogAlarm(account?: string): Promise<void>

  /** Makes a group of this account and others. Answers its conversation. Those who cannot be added are named. */
  createGroup(name: string, accounts: readonly string[]): Promise<{ id: string; unreachable: readonly string[] }>
  /** Makes a group in the place of a broken one, with the same people; the one that was made, when it is called again. */
  renewGroup(conversation: string): Promise<{ id: string; unreachable: readonly string[] }>
  group(conversation: string): Promise<GroupView>
  /** Resolves when the members have it. Each change may fail with `roleInsufficient`, `offline`, `groupFull` … */
  addToGroup(conversation: string, accounts: readonly string[]): Promise<{ unreachable: readonly string[] }>
  removeFromGroup(conversation: string, account: string): Promise<void>
  setGroupRole(conversation: string, account: string, role: GroupRole): Promise<void>
  /** `slowMode` and `timer` in seconds, `history` in messages; 0: none. */
  changeGroup(
    conversation: string,
    change: { name?: string; policy?: GroupPolicy; slowMode?: number; timer?: number; history?: number },
  ): Promise<void>
  leaveGroup(conversation: string): Promise<void>
  /** Makes a way in. Its address holds its secret behind the `#`. */
  createGroupLink(conversation: string): Promise<string>
  revokeGroupLink(conversation: string, id: string): Promise<void>
  /** Joins by a link's group and secret. Answers the conversation; also when it was joined before. */
  joinGroup(group: string, secret: string): Promise<string>
  /** Asks the other members to be let in again, after the group's state was lost. */
  rejoinGroup(conversation: string): Promise<void>
  /** Who has read an own message of a group, the last reader first. */
  readersOf(conversation: string, id: string): Promise<readonly { account: string; name?: string; at: number }[]>

  setName(name: string): Promise<void>
  claimUsername(username: string): Promise<string>
  changeSettings(change: Partial<Settings>): Promise<void>
  devices(): Promise<readonly OwnDevice[]>
  revokeDevice(id: number): Promise<void>
  /** The user knows the devices that the account has now. */
  acknowledgeDevices(): Promise<void>
  about(): Promise<About>

  /** What a browser's push subscription has to be for; `null` where the relay does not push to browsers. */
  pushKey(): Promise<string | null>
  /** Has the relay wake this device. */
  subscribePush(target: PushTarget): Promise<void>
  unsubscribePush(): Promise<void>
}

/** Why an account is trusted. */
export interface TrustView {
  readonly contact: KeyLogStatus
  readonly own: KeyLogStatus
}

export interface About {
  readonly build: string
  readonly protocolVersion: number
  readonly relay: string
  readonly account: string
  /** Of the own identity key, as hex groups: what stands behind every safety number. */
  readonly identityFingerprint: readonly string[]
  readonly storage: { readonly persisted: boolean; readonly usage?: number; readonly quota?: number }
}
