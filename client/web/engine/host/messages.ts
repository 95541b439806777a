/**
 * What a tab and the engine host say besides the calls of comlink, on the same channel. None has comlink's `id` or `type`,
 * so that neither side takes the other's messages for its own.
 */

import type { EngineEvent } from '../api.ts'

export type FromTab =
  /** First of all. The tab holds the lock {@link tabLock} of this name for as long as it lives. */
  | { readonly toHost: 'hello'; readonly tab: string }
  /** Tell everything anew: somebody subscribed. */
  | { readonly toHost: 'snapshot' }
  /** The platform says that the network is back, or the tab was looked at again. */
  | { readonly toHost: 'networkAvailable' }
  /** The engine may go over to the build that waits. */
  | { readonly toHost: 'agree' }
  /** Not any more. */
  | { readonly toHost: 'stay' }

export type FromHost =
  /** Calls may be made. The host holds the lock {@link hostLock} of this name for as long as it lives. */
  | { readonly toTab: 'welcome'; readonly instance: string }
  | { readonly toTab: 'events'; readonly events: readonly EngineEvent[] }
  /** Another build waits for the engine. */
  | { readonly toTab: 'otherBuildWaits' }

/** On the control channel of one build, where there is no SharedWorker that tabs could connect to. */
export type ControlMessage = { readonly control: 'hostReady' } | { readonly control: 'hello'; readonly tab: string }

/** On the channel of all builds. */
export interface TakeoverMessage {
  readonly takeover: string
}

/** A port, or a channel: what both sides speak through. */
export interface Channel {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: MessageEvent<unknown>) => void): void
  removeEventListener(type: 'message', listener: (event: MessageEvent<unknown>) => void): void
  close(): void
  /** Ports wait for it, if they have no `onmessage`. */
  start?: () => void
}

/** Says something on a channel, a port or a broadcast: none of which takes a target's origin, as a window does. */
export function say(
  to: { postMessage(message: unknown): void },
  message: FromTab | FromHost | ControlMessage | TakeoverMessage,
): void {
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- no window: see above
  to.postMessage(message)
}

/** A broadcast that stays silent after it was closed; the platform's throws, and the answer to a tab that is gone may be late. */
export function broadcast(name: string): Channel {
  const channel = new BroadcastChannel(name)
  let isClosed = false
  return {
    postMessage: (message) => {
      // eslint-disable-next-line unicorn/require-post-message-target-origin -- no window
      if (!isClosed) channel.postMessage(message)
    },
    addEventListener: (type, listener) => channel.addEventListener(type, listener),
    removeEventListener: (type, listener) => channel.removeEventListener(type, listener),
    close: () => {
      isClosed = true
      channel.close()
    },
  }
}

export const engineLock = (profile: string) => `engine:${profile}`
export const tabLock = (tab: string) => `silentrelay:tab:${tab}`
export const hostLock = (instance: string) => `silentrelay:host:${instance}`
export const hostTabLock = (build: string) => `silentrelay:host-tab:${build}`
export const controlChannel = (build: string) => `silentrelay:control:${build}`
export const tabChannel = (tab: string) => `silentrelay:tab:${tab}`
export const takeoverChannel = (profile: string) => `silentrelay:takeover:${profile}`

export function isFromTab(data: unknown): data is FromTab {
  return typeof data === 'object' && data !== null && 'toHost' in data
}

export function isFromHost(data: unknown): data is FromHost {
  return typeof data === 'object' && data !== null && 'toTab' in data
}
