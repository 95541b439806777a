/** Stays connected: ticket, socket, hello; after a loss, again, with growing pauses; frames one after the other. */

import { CLOSE_CODES, ERRORS, type ErrorCode, actionFor } from '#protocol/errors.ts'
import { type DownFrame, parseDownFrame } from '#protocol/frames/down.ts'
import type { Hello, Welcome } from '#protocol/frames/hello.ts'
import type { UpFrame } from '#protocol/frames/up.ts'
import { RECONNECT, backoffDelay } from '../transport/backoff.ts'
import { RelayError } from '../transport/errors.ts'
import { RelaySocket } from '../transport/socket.ts'
import type { Auth } from './auth.ts'
import { isStoreGone, type Platform } from './core.ts'
import { DeviceRevokedError } from './errors.ts'
import type { ConnectionState, Emitter } from './events.ts'

/** A connection that held this long was a good one: the next loss starts with a short pause again. */
const STABLE_AFTER_MS = 30_000

/** Why it is not tried again: the relay's word (a `giveUp` or `fix` error), or the store was taken away. */
export type StopReason = ErrorCode | 'storeLost'

export interface ConnectionHandlers {
  hello(): Promise<Hello>
  /** `isCurrent` turns false when the connection that was welcomed is gone: nothing may be started on another for it. */
  welcome(frame: Welcome, isCurrent: () => boolean): Promise<void>
  /** Frames of one type that had gathered, in order. `isCurrent` turns false when their connection is gone. */
  frames(frames: readonly DownFrame[], isCurrent: () => boolean): Promise<void>
  disconnected(): void
  stopped(reason: StopReason): Promise<void>
}

/** What a connection needs of the core. */
export interface ConnectionCore {
  readonly platform: Pick<Platform, 'timers' | 'random' | 'openSocket'>
  readonly events: Emitter
}

export class Connection {
  readonly #core: ConnectionCore
  readonly #auth: Pick<Auth, 'ticket' | 'forget'>
  readonly #relayUrl: string
  readonly #handlers: ConnectionHandlers
  state: ConnectionState = 'offline'
  #socket: RelaySocket | undefined
  /** Whether the socket has carried its hello: the relay takes nothing before it (SPEC, C-1). */
  #isGreeted = false
  #queue: DownFrame[] = []
  #isDraining = false
  #failures = 0
  #timer: unknown
  /** Counts attempts: what belongs to a former one is ignored. */
  #attempt = 0
  /** Longest pause that the relay asked for on this connection. */
  #retryAfterMs = 0

  constructor(
    core: ConnectionCore,
    auth: Pick<Auth, 'ticket' | 'forget'>,
    relayUrl: string,
    handlers: ConnectionHandlers,
  ) {
    this.#core = core
    this.#auth = auth
    this.#relayUrl = relayUrl
    this.#handlers = handlers
  }

  /** Connects, and stays so. Does nothing when it does already. */
  start(): void {
    if (this.state === 'connecting' || this.state === 'online') return
    this.#failures = 0
    this.#connect()
  }

  stop(): void {
    this.#end('offline')
  }

  /** The network may be back: the next attempt is made now, and a failure counts as the first. */
  hint(): void {
    if (this.state !== 'connecting' || this.#socket !== undefined) return
    this.#failures = 0
    this.#connect()
  }

  /** `false` when there is no connection, or none that has said hello yet. */
  send(frame: UpFrame): boolean {
    return this.#isGreeted && this.#write(frame)
  }

  /** Gives the connection up and makes another, after a pause. */
  restart(): void {
    this.#lost(this.#attempt)
  }

  #connect(): void {
    this.#core.platform.timers.clear(this.#timer)
    this.#attempt += 1
    this.#retryAfterMs = 0
    this.#setState('connecting')
    const attempt = this.#attempt
    this.#open(attempt).catch((error: unknown) => this.#refused(attempt, error))
  }

  async #open(attempt: number): Promise<void> {
    const ticket = await this.#auth.ticket()
    if (attempt !== this.#attempt) return
    const { openSocket, timers } = this.#core.platform
    this.#socket = new RelaySocket(openSocket, this.#relayUrl, ticket, timers, {
      opened: () => void this.#greet(attempt).catch((error: unknown) => this.#refused(attempt, error)),
      frame: (data) => this.#received(attempt, data),
      closed: (code, reason) => this.#closed(attempt, code, reason),
    })
  }

  async #greet(attempt: number): Promise<void> {
    const hello = await this.#handlers.hello()
    if (attempt === this.#attempt) this.#isGreeted = this.#write(hello)
  }

  #write(frame: UpFrame): boolean {
    return this.#socket?.send(JSON.stringify(frame)) ?? false
  }

  #received(attempt: number, data: string): void {
    if (attempt !== this.#attempt) return
    const frame = parseDownFrame(data)
    // Of a newer relay, or none at all: nothing that this client could act on.
    if (frame === undefined) return
    // At once, and not in its turn: what was received is read, whenever it is dealt with.
    if (frame.type === 'readCheck') return void this.#write({ type: 'read', nonce: frame.nonce })
    if (frame.type === 'error') this.#retryAfterMs = Math.max(this.#retryAfterMs, frame.retryAfterMs ?? 0)
    this.#queue.push(frame)
    if (this.#isDraining) return
    this.#isDraining = true
    void this.#drain(attempt).catch((error: unknown) => this.#refused(attempt, error))
  }

  /** Deals with frames in order. What gathers meanwhile is taken together, so that a page costs one commit. */
  async #drain(attempt: number): Promise<void> {
    while (attempt === this.#attempt && this.#queue.length > 0) {
      const type = this.#queue[0]?.type
      const end = this.#queue.findIndex((frame) => frame.type !== type)
      const frames = this.#queue.splice(0, end === -1 ? this.#queue.length : end)
      const [first] = frames
      if (first?.type === 'welcome') await this.#welcomed(attempt, first)
      else await this.#handlers.frames(frames, () => attempt === this.#attempt)
    }
    // In the same turn in which nothing was left: a frame that comes now is dealt with.
    if (attempt === this.#attempt) this.#isDraining = false
  }

  async #welcomed(attempt: number, frame: Welcome): Promise<void> {
    await this.#handlers.welcome(frame, () => attempt === this.#attempt)
    if (attempt !== this.#attempt) return
    this.#setState('online')
    this.#timer = this.#core.platform.timers.set(() => (this.#failures = 0), STABLE_AFTER_MS)
  }

  #closed(attempt: number, code: number, reason: string): void {
    if (attempt !== this.#attempt) return
    const known = Object.hasOwn(ERRORS, reason) ? (reason as ErrorCode) : undefined
    if (code === CLOSE_CODES.giveUp) return this.#stopped(known ?? 'replaced')
    if (known === 'unsupportedVersion') return this.#stopped(known)
    if (code === CLOSE_CODES.reauthenticate) this.#auth.forget()
    this.#lost(attempt)
  }

  /** The attempt failed, or what came could not be dealt with (the store refused): later again. */
  #refused(attempt: number, error: unknown): void {
    if (attempt !== this.#attempt) return
    if (error instanceof RelayError) {
      const isHopeless = actionFor(error.code) === 'giveUp' || actionFor(error.code) === 'fix'
      // A device whose signature does not count any more was removed, or its account was.
      if (isHopeless || error.code === 'signatureInvalid') return this.#stopped(error.code)
      this.#retryAfterMs = Math.max(this.#retryAfterMs, error.retryAfterMs ?? 0)
    }
    if (isStoreGone(error)) return this.#stopped('storeLost')
    if (error instanceof DeviceRevokedError) return this.#stopped('deviceRevoked')
    this.#lost(attempt)
  }

  #stopped(reason: StopReason): void {
    this.#end('stopped')
    void this.#handlers.stopped(reason)
  }

  #lost(attempt: number): void {
    if (attempt !== this.#attempt) return
    this.#failures += 1
    const { timers, random } = this.#core.platform
    const delay = Math.max(this.#retryAfterMs, backoffDelay(this.#failures, RECONNECT, random()))
    this.#end('connecting')
    this.#timer = timers.set(() => this.#connect(), delay)
  }

  #end(state: ConnectionState): void {
    this.#attempt += 1
    this.#core.platform.timers.clear(this.#timer)
    const socket = this.#socket
    this.#socket = undefined
    this.#isGreeted = false
    this.#queue = []
    this.#isDraining = false
    socket?.close()
    this.#handlers.disconnected()
    this.#setState(state)
  }

  #setState(state: ConnectionState): void {
    if (this.state === state) return
    this.state = state
    this.#core.events.emit('connection', { state })
  }
}
