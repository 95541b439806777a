import type { ErrorCode } from '#protocol/errors.ts'
import type { StyleRange } from '#protocol/content/content.ts'
import type { MessageState } from './records.ts'

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
  readonly failure?: ErrorCode
  readonly content: MessageContent
}

export type MessageContent =
  | { readonly kind: 'text'; readonly body: string; readonly styles?: readonly StyleRange[] }
  /** Of a newer build: show that there is something. */
  | { readonly kind: 'unknown'; readonly original: { readonly kind: string } }

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
}

/** - `offline`: not connected, and not trying. - `stopped`: for good, until `connect` is called again; see the event `stopped`. */
export type ConnectionState = 'offline' | 'connecting' | 'online' | 'stopped'

/** What an engine tells. Events about data come after the data are durable. */
export interface EngineEvents {
  /** A message is new in a conversation: received, sent, or sent by another own device. */
  message: Message
  messageState: {
    readonly conversation: string
    readonly id: string
    readonly state: MessageState
    readonly failure?: ErrorCode
  }
  /** Unread count, name or last message of a conversation changed. */
  conversation: { readonly account: string }
  typing: { readonly conversation: string; readonly typing: boolean }
  profile: { readonly account: string; readonly name: string; readonly username?: string }
  /** A contact came with another identity key: nothing is sent to it until `acceptIdentity`. */
  identityChanged: { readonly account: string }
  /** Envelopes of the inbox will never come. */
  gap: { readonly from: number; readonly to: number; readonly reason: string }
  /** A message could not be read. `asked`: its sender was asked to send it again. */
  undecryptable: { readonly from?: string; readonly messageId: string; readonly code: string; readonly asked: boolean }
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
