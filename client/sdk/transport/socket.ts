/** One WebSocket to the relay: frames out and in, and the pings that tell a dead one from a quiet one. */

import { SOCKET_PATH } from '#protocol/http/socket-path.ts'
import { PING, PONG, SOCKET_SUBPROTOCOL, TICKET_SUBPROTOCOL_PREFIX } from '#protocol/version.ts'
import type { Timers } from './timers.ts'

/** How often a quiet socket is asked for a sign of life: below the minute after which home routers forget a flow. */
export const PING_EVERY_MS = 25_000
/** How long it has for the answer. */
export const PONG_WITHIN_MS = 10_000

export interface RawSocket {
  send(data: string): void
  close(code?: number, reason?: string): void
}

export interface RawSocketHandlers {
  opened(): void
  received(data: unknown): void
  /** Called once, also when the connection could not be made. */
  closed(code: number, reason: string): void
}

/** Opens a WebSocket. Injectable, so that tests and other runtimes bring their own. */
export type OpenRawSocket = (url: string, protocols: readonly string[], handlers: RawSocketHandlers) => RawSocket

/** By the platform's `WebSocket`. */
export const platformSocket: OpenRawSocket = (url, protocols, handlers) => {
  const socket = new WebSocket(url, [...protocols])
  socket.addEventListener('open', () => handlers.opened())
  socket.addEventListener('message', (event: MessageEvent<unknown>) => handlers.received(event.data))
  socket.addEventListener('close', (event) => handlers.closed(event.code, event.reason))
  return socket
}

/** Address of the relay's socket. */
export function socketUrl(relayUrl: string): string {
  const url = new URL(SOCKET_PATH, relayUrl)
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:'
  return url.href
}

export interface RelaySocketHandlers {
  opened(): void
  frame(data: string): void
  closed(code: number, reason: string): void
}

/** RFC 6455 section 7.1.5: what an endpoint reports for a connection that ended without a close frame. */
const ABNORMAL_CLOSURE = 1_006

export class RelaySocket {
  readonly #raw: RawSocket
  readonly #timers: Timers
  readonly #handlers: RelaySocketHandlers
  #timer: unknown
  #isOpen = false
  #isClosed = false
  #heard = false

  /** @param ticket as the relay gave it; good for one socket */
  constructor(open: OpenRawSocket, relayUrl: string, ticket: string, timers: Timers, handlers: RelaySocketHandlers) {
    this.#timers = timers
    this.#handlers = handlers
    this.#timer = timers.set(() => this.#end(ABNORMAL_CLOSURE, 'timeout'), PONG_WITHIN_MS)
    this.#raw = open(socketUrl(relayUrl), [SOCKET_SUBPROTOCOL, TICKET_SUBPROTOCOL_PREFIX + ticket], {
      opened: () => this.#opened(),
      received: (data) => this.#received(data),
      closed: (code, reason) => this.#end(code, reason),
    })
  }

  /** Sends a frame; `false` when the socket is not open (any more). */
  send(frame: string): boolean {
    if (!this.#isOpen || this.#isClosed) return false
    try {
      this.#raw.send(frame)
      return true
    } catch {
      return false
    }
  }

  close(): void {
    this.#end(1_000, '')
  }

  #opened(): void {
    if (this.#isClosed) return
    this.#isOpen = true
    this.#awaitSilence()
    this.#handlers.opened()
  }

  #received(data: unknown): void {
    if (this.#isClosed || typeof data !== 'string') return
    this.#heard = true
    if (data !== PONG) this.#handlers.frame(data)
  }

  #awaitSilence(): void {
    this.#heard = false
    this.#timers.clear(this.#timer)
    this.#timer = this.#timers.set(() => {
      if (this.#heard) this.#awaitSilence()
      else this.#ping()
    }, PING_EVERY_MS)
  }

  #ping(): void {
    this.send(PING)
    this.#timer = this.#timers.set(() => {
      if (this.#heard) this.#awaitSilence()
      else this.#end(ABNORMAL_CLOSURE, 'timeout')
    }, PONG_WITHIN_MS)
  }

  #end(code: number, reason: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timers.clear(this.#timer)
    try {
      this.#raw.close(1_000)
    } catch {
      // Closing a socket that never opened may throw; it is gone either way.
    }
    this.#handlers.closed(code, reason)
  }
}
