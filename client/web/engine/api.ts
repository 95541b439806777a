/**
 * What the tabs and the one engine of a browser profile say to each other. Commands go up as calls; what the engine has to
 * show comes down as events. Tabs hold no key and no ratchet: everything here is data to show, or an intent.
 */

import type { StyleRange } from '#protocol/content/content.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import type { ConnectionState, MessageContent, MessageState, OwnDevice } from '#sdk/index.ts'

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
}

/** A row of the conversation list. Rows of contacts that nothing was exchanged with yet have `lastAt` 0. */
export interface ConversationRow {
  /** The other account's id. */
  readonly id: string
  readonly name?: string
  readonly username?: string
  readonly unread: number
  readonly lastAt: number
  readonly lastOrder: number
  readonly readUpTo: number
  readonly preview?: {
    readonly text: string
    readonly outgoing: boolean
    readonly state: MessageState
    readonly kind: MessageContent['kind']
  }
  readonly draft?: string
  readonly pinned: boolean
  readonly archived: boolean
  /** Until when notifications are off: milliseconds since 1970; `Infinity` travels as `null`; absent when they are on. */
  readonly mutedUntil?: number | null
  readonly verified: boolean
  /** The contact came with another identity key: nothing is sent until it is accepted. */
  readonly identityChanged: boolean
}

/** What stands in a timeline, in `order`. */
export type TimelineItem =
  | {
      readonly kind: 'message'
      readonly id: string
      readonly order: number
      readonly outgoing: boolean
      readonly at: number
      readonly state: MessageState
      readonly failure?: ErrorCode
      readonly content: MessageContent
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

/** What comes down, to every tab. */
export type EngineEvent =
  | { readonly type: 'phase'; readonly phase: Phase }
  | { readonly type: 'connection'; readonly state: ConnectionState; readonly queued: number; readonly stopped?: string }
  /** All rows: when a tab connects and after an unlock. */
  | { readonly type: 'conversations'; readonly rows: readonly ConversationRow[] }
  | { readonly type: 'conversation'; readonly row: ConversationRow }
  | { readonly type: 'conversationRemoved'; readonly id: string }
  | { readonly type: 'items'; readonly conversation: string; readonly items: readonly TimelineItem[] }
  | {
      readonly type: 'messageState'
      readonly conversation: string
      readonly id: string
      readonly state: MessageState
      readonly failure?: ErrorCode
    }
  | { readonly type: 'typing'; readonly conversation: string; readonly typing: boolean }
  | { readonly type: 'devicesChanged' }

/** A call that failed, in a form that crosses threads: what a tab may branch on, and nothing else. */
export interface CommandFailure {
  readonly code:
    ErrorCode | 'offline' | 'contentInvalid' | 'wrongPassphrase' | 'wrongRecoveryKey' | 'locked' | FailureCode
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
  sendText(conversation: string, body: string, styles: readonly StyleRange[]): Promise<string>
  retryMessage(id: string): Promise<void>
  markRead(conversation: string, upToMessage?: string): Promise<void>
  setTyping(conversation: string, typing: boolean): Promise<void>
  saveDraft(conversation: string, draft: string): Promise<void>
  setPinned(conversation: string, pinned: boolean): Promise<void>
  setArchived(conversation: string, archived: boolean): Promise<void>
  /** `null`: for good; `undefined`: no longer. */
  setMuted(conversation: string, until: number | null | undefined): Promise<void>

  /** Twelve groups of five digits. */
  safetyNumber(conversation: string): Promise<readonly string[]>
  setVerified(conversation: string, verified: boolean): Promise<void>
  /** Trusts a changed key. With the safety number that was compared: only the key that it is of (else `malformed`). */
  acceptIdentity(conversation: string, compared?: readonly string[]): Promise<void>

  setName(name: string): Promise<void>
  claimUsername(username: string): Promise<string>
  changeSettings(change: Partial<Settings>): Promise<void>
  devices(): Promise<readonly OwnDevice[]>
  revokeDevice(id: number): Promise<void>
  about(): Promise<About>
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
