import type { Mention, StyleRange } from '#protocol/content/content.ts'
import type { GroupRole } from '#protocol/groups/roles.ts'
import type { QuotedFile } from './annotations/quoted-file.ts'
import type { MediaPlace, MediaStatus, MediaView } from './media/status.ts'
import type { KeyLogFailure, KeyLogWait } from './key-log/failures.ts'
import type { MessageState, SendFailure, Way } from './records.ts'

/** A message of a conversation, as an application sees it. */
export interface Message {
  /** Drawn by its author; unique within the author's messages. */
  readonly id: string
  /** The other account. */
  readonly conversation: string
  /** Place in the timeline: ascending, by arrival at this device. */
  readonly order: number
  /** Account of its author. */
  readonly from: string
  readonly outgoing: boolean
  /** When the relay accepted it, or, for an own one, when it was written. Milliseconds since 1970. */
  readonly at: number
  readonly state: MessageState
  /** Why it failed; `retryMessage` tries again. */
  readonly failure?: SendFailure
  /** In a group: who has read an own message. */
  readonly readBy?: readonly { readonly account: string; readonly at: number }[]
  /** In a group, of a message from before this device came: the account on whose word it stands here, author and all. */
  readonly sharedBy?: string
  readonly content: MessageContent
  /** What it answers, as far as this device has it. */
  readonly quote?: Quote
  /** The words are not its author's: they were written in another conversation. */
  readonly forwarded?: true
  /** Its author changed the words since; how often, and when last. `content` has the latest. */
  readonly edited?: { readonly at: number; readonly times: number }
  /** By emoji, the most frequent first; each account once. */
  readonly reactions?: readonly { readonly emoji: string; readonly accounts: readonly string[] }[]
  readonly pinned?: true
  /** Seconds after which it disappears, counted from its sending by its author, and from its reading by others. */
  readonly timer?: number
  /** When it disappears from this device; absent until its timer runs. Milliseconds since 1970. */
  readonly expiresAt?: number
}

export type MessageContent =
  | {
      readonly kind: 'text'
      readonly body: string
      readonly styles?: readonly StyleRange[]
      readonly mentions?: readonly Mention[]
    }
  /** Deleted for everyone: by its author, or in a group by somebody who may. */
  | { readonly kind: 'deleted'; readonly by: string }
  /** Files, with a text below them. What they are is their author's word. */
  | {
      readonly kind: 'media'
      readonly items: readonly MediaView[]
      readonly body?: string
      readonly styles?: readonly StyleRange[]
      readonly mentions?: readonly Mention[]
    }
  /** Something happened in a group. Made here, from a commit that was verified: never what somebody wrote. */
  | { readonly kind: 'groupEvent'; readonly event: GroupEvent }
  /** Of a newer build: show that there is something. */
  | { readonly kind: 'unknown'; readonly original: { readonly kind: string } }

/** A message that another one answers. */
export interface Quote {
  readonly author: string
  readonly id: string
  /** Its place in the timeline; absent when this device does not have it, or not any more. */
  readonly order?: number
  /** The beginning of its words, as they are now; absent when it has none that can be shown. */
  readonly text?: {
    readonly body: string
    readonly styles?: readonly StyleRange[]
    readonly mentions?: readonly Mention[]
  }
  /** Of files: the first, and how many there are. */
  readonly file?: QuotedFile
  readonly deleted?: true
}

/**
 * Where this device stands in a group. `rejoining`: its state was lost, and the others are asked to let it in again.
 * `broken`: the group's cryptography does not hold, see `GroupEvent`.
 */
export type GroupStage = 'joining' | 'joined' | 'rejoining' | 'left' | 'removed' | 'broken'

/** What happened in a group. `by` and `accounts` are account ids. */
export type GroupEvent =
  | { readonly event: 'created'; readonly by: string }
  | { readonly event: 'added' | 'removed'; readonly by: string; readonly accounts: readonly string[] }
  /** `welcomed`: this device was added, by another account or an own device. `joined`: by a link. */
  | { readonly event: 'welcomed' | 'joined' | 'left' | 'rejoined'; readonly by: string }
  | { readonly event: 'renamed'; readonly by: string; readonly name: string }
  | { readonly event: 'role'; readonly by: string; readonly account: string; readonly role: GroupRole }
  | { readonly event: 'policy'; readonly by: string; readonly add: GroupRole }
  | { readonly event: 'slowMode'; readonly by: string; readonly seconds: number }
  /** 0: messages stay. */
  | { readonly event: 'timer'; readonly by: string; readonly seconds: number }
  /** Joiners are shown so many messages from before they came from now on; 0: none. */
  | { readonly event: 'history'; readonly by: string; readonly count: number }
  | { readonly event: 'linkMade' | 'linkRevoked'; readonly by: string }
  /** An author had been shown another history than this device: the relay does not show all members the same. */
  | { readonly event: 'historyForked'; readonly by: string }
  /** A commit won its epoch that members must not accept (SPEC, U-4, U-5): nothing is sent to the group any more. */
  | { readonly event: 'broken'; readonly by?: string; readonly reason: string }
  /** Of a broken group: this account made another one, `group`, with the same people. */
  | { readonly event: 'renewed'; readonly by: string; readonly group: string }
  /** A part of the log is gone, or could not be read by this device. */
  | { readonly event: 'missed' }

/** A conversation, as an application sees it. */
export interface Conversation {
  /** The other account. */
  readonly account: string
  /** What it calls itself. Not verified by anybody. */
  readonly name?: string
  readonly username?: string
  readonly unread: number
  /** Milliseconds since 1970; 0 before the first message. */
  readonly lastAt: number
  /** Highest order of a message; 0 before the first. */
  readonly lastOrder: number
  /** Everything up to this order was read on one of the own devices. */
  readonly readUpTo: number
  /** Seconds after which what is written here from now on disappears; absent when it stays. */
  readonly timer?: number
  /**
   * How the last message that was sent here went: `sealed` or by a `token`, so that the relay does not learn who wrote it, or
   * `identified`, so that it does. Absent before the first one, and of a group.
   */
  readonly way?: Way
  /** A stranger began it, and nothing was decided: see `Engine.decide`. */
  readonly request?: true
  /** What the other side sends is dropped. */
  readonly blocked?: true
  /** Orders of the messages that are pinned, ascending; absent without any. */
  readonly pinnedMessages?: readonly number[]
  /** Of a group: then `account` is the group's id, and `name` its name. */
  readonly group?: {
    readonly members: number
    /** The own role. */
    readonly role: GroupRole
    readonly stage: GroupStage
    /** Unread messages that name this account. */
    readonly mentions: number
  }
}

/** - `offline`: not connected, and not trying. - `stopped`: for good, until `connect` is called again; see the event `stopped`. */
export type ConnectionState = 'offline' | 'connecting' | 'online' | 'stopped'

/** What an engine tells. Events about data come after the data are durable. */
export interface EngineEvents {
  /** A message is new in a conversation: received, sent, or sent by another own device. */
  message: Message
  /** Something was done to a message: it was edited, deleted for everyone, pinned, or somebody reacted. As it is now. */
  messageChanged: Message
  messageState: {
    readonly conversation: string
    readonly id: string
    readonly state: MessageState
    readonly failure?: SendFailure
  }
  /** The timers of these messages run now. */
  timersBegan: {
    readonly conversation: string
    readonly messages: readonly { readonly id: string; readonly expiresAt: number }[]
  }
  /** A file of a message is on its way, here, or cannot be. */
  mediaStatus: MediaPlace & { readonly status: MediaStatus }
  /**
   * These messages have disappeared, were deleted for this account, or were taken back: nothing of them is kept. Those that
   * were due at the opening are not told.
   */
  messagesExpired: { readonly conversation: string; readonly ids: readonly string[] }
  /** Messages came into a timeline, or left it, that nobody has to be told of: what shows it reads it again. */
  timelineChanged: { readonly conversation: string }
  /** Unread count, name or last message of a conversation changed. */
  conversation: { readonly account: string }
  /** Members, roles, details or stage of a group changed. */
  group: { readonly group: string }
  /** Somebody has read an own message of a group. */
  readBy: { readonly conversation: string; readonly id: string; readonly readers: number }
  /** Who is typing in a conversation now, who began first before the others; empty: nobody any more. */
  typing: { readonly conversation: string; readonly accounts: readonly string[] }
  profile: { readonly account: string; readonly name: string; readonly username?: string }
  /** A contact came with another identity key: nothing is sent to it until `acceptIdentity`. */
  identityChanged: { readonly account: string }
  /**
   * The key log, or the relay, contradicts itself. Nothing is sent to `account`, or to anybody, until the user decides: see
   * `Engine.keyLog`.
   */
  keyLogAlarm: { readonly failure: KeyLogFailure; readonly account?: string }
  /** An alarm was dismissed, or what it was about is well again. */
  keyLogCleared: { readonly account?: string }
  /** A contact follows another log than this device does, or says so: nobody's key vouches for that. */
  keyLogDiffers: { readonly account: string }
  /** What goes to an account waits for the log, why, and, without a reason, not any more. Told after some seconds only. */
  keyLogWaiting: { readonly account: string; readonly reason?: KeyLogWait }
  /** Envelopes of the inbox will never come. */
  gap: { readonly from: number; readonly to: number; readonly reason: string }
  /** A message could not be read. `asked`: its sender was asked to send it again. */
  undecryptable: { readonly from?: string; readonly messageId: string; readonly code: string; readonly asked: boolean }
  /** What could not be read under this id came after all, or came once more. */
  recovered: { readonly from: string; readonly messageId: string }
  connection: { readonly state: ConnectionState }
  /** Everything that had waited on the relay was read. */
  caughtUp: { readonly upTo: number }
  /** The own device list has a new version. */
  deviceListChanged: { readonly version: number }
  /** The engine will not connect by itself any more: why. `deviceRevoked` is final; data stay readable. */
  stopped: { readonly reason: string }
}

export type Listener<K extends keyof EngineEvents> = (event: EngineEvents[K]) => void

/** Listeners by event. One that throws does not keep the others from hearing; its error surfaces as an unhandled one. */
export class Emitter {
  readonly #listeners = new Map<keyof EngineEvents, Set<(event: never) => void>>()

  on<K extends keyof EngineEvents>(name: K, listener: Listener<K>): () => void {
    let listeners = this.#listeners.get(name)
    if (listeners === undefined) this.#listeners.set(name, (listeners = new Set()))
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  emit<K extends keyof EngineEvents>(name: K, event: EngineEvents[K]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        ;(listener as Listener<K>)(event)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
