/** Ways from a tab to the worker with the engine. */

import type { ExclusiveLocks } from '#sdk/store/web-lock.ts'
import {
  type Channel,
  type ControlMessage,
  broadcast,
  controlChannel,
  hostTabLock,
  say,
  tabChannel,
} from '../engine/host/messages.ts'

export interface LinkHandlers {
  /** There is a way to a host, which answers with its welcome. */
  channel(channel: Channel): void
  /** The worker cannot be started. */
  failed(): void
}

/** Makes way to a host. */
export interface Link {
  /** @param tab the tab's name; it holds its lock by now */
  open(tab: string, handlers: LinkHandlers): void
  /** The host died: make way to the next one. */
  reopen(): void
}

/** The part of a SharedWorker that is used. */
export interface SharedWorkerLike {
  readonly port: Channel
  addEventListener(type: 'error', listener: () => void): void
}
export interface WorkerLike {
  addEventListener(type: 'error', listener: () => void): void
}

/** By a SharedWorker; by `fallback` where this platform cannot run ours, since it knows no modules for instance. */
export function sharedLink(start: () => SharedWorkerLike, fallback: Link): Link {
  let opened: { tab: string; handlers: LinkHandlers } | undefined
  let isFallback = false
  const begin = () => {
    if (opened === undefined) return
    const { tab, handlers } = opened
    const fallBack = () => {
      if (isFallback) return
      isFallback = true
      fallback.open(tab, handlers)
    }
    try {
      const worker = start()
      worker.addEventListener('error', fallBack)
      handlers.channel(worker.port)
      worker.port.start?.()
      say(worker.port, { toHost: 'hello', tab })
    } catch {
      fallBack()
    }
  }
  return {
    open: (tab, handlers) => {
      opened = { tab, handlers }
      begin()
    },
    reopen: () => (isFallback ? fallback.reopen() : begin()),
  }
}

/**
 * By a dedicated worker of one tab, which the others reach by broadcast. Tabs queue for a lock: whose turn it is starts the
 * worker. When that tab is closed its worker dies with it, and the next in the queue starts another at once.
 */
export function electedLink(build: string, locks: ExclusiveLocks, start: () => WorkerLike): Link {
  let opened: { readonly control: BroadcastChannel; readonly tab: string } | undefined
  const greet = () => {
    if (opened !== undefined) say(opened.control, { control: 'hello', tab: opened.tab })
  }
  return {
    open: (tab, handlers) => {
      const control = new BroadcastChannel(controlChannel(build))
      opened = { control, tab }
      handlers.channel(broadcast(tabChannel(tab)))
      control.addEventListener('message', ({ data }: MessageEvent<ControlMessage>) => {
        if (data.control === 'hostReady') greet()
      })
      greet()
      const election = locks.request(hostTabLock(build), { mode: 'exclusive' }, () => {
        start().addEventListener('error', () => handlers.failed())
        // Held until the tab ends.
        return new Promise<void>(() => undefined)
      })
      election.catch(() => handlers.failed())
    },
    // The next host says that it is ready; if it has said so already, this finds it.
    reopen: () => greet(),
  }
}
