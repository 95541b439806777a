/**
 * One socket of a device: what was pushed, what is unacknowledged, and how fast it may talk. Rules only: the socket is a
 * port, so that all of this runs without workerd.
 */

import { CLOSE_CODES, ERRORS, type ErrorCode, actionFor } from '#protocol/errors.ts'
import type { DeliveredEnvelope } from '#protocol/frames/deliver.ts'
import type { DownFrame } from '#protocol/frames/down.ts'
import { base64urlByteLength } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { Inboxes } from './inbox.ts'

/** What survives the object's hibernation, in the socket's attachment (at most 16 KiB; this is some 40 octets). */
export interface SessionState {
  readonly device: number
  readonly greeted: boolean
  /** Highest seq that was pushed. */
  readonly sentUpTo: number
}

/** A socket, as far as the rules use one. Both calls tolerate a socket that is gone. */
export interface SocketPort {
  send(text: string): void
  close(code: number, reason: string): void
  save(state: SessionState): void
}

interface Waiting {
  readonly seq: number
  readonly count: number
  readonly bytes: number
}

export class Session {
  readonly device: number
  readonly #port: SocketPort
  readonly #inboxes: Inboxes
  #greeted: boolean
  #sentUpTo: number
  /** Whether the device has everything, so that what is accepted goes straight out. */
  #live: boolean
  /** Pushed and unacknowledged, oldest first. Rebuilt as one lump after hibernation. */
  #unacknowledged: Waiting[]
  /** Sums over the above. */
  #waitingCount = 0
  #waitingBytes = 0
  #tokens: number = LIMITS.frameBurst
  #tokensAt = 0
  #badFrames = 0
  #sendsInFlight = 0
  /** Closed by the relay: nothing is pushed, and nothing saved, for a socket that is on its way out. */
  #ended = false

  constructor(port: SocketPort, inboxes: Inboxes, state: SessionState) {
    this.#port = port
    this.#inboxes = inboxes
    this.device = state.device
    this.#greeted = state.greeted
    this.#sentUpTo = state.sentUpTo
    this.#live = state.greeted && state.sentUpTo === inboxes.nextSeq(state.device) - 1
    const waiting = state.greeted ? inboxes.unacknowledged(state.device, state.sentUpTo) : { count: 0, bytes: 0 }
    this.#unacknowledged = []
    if (waiting.count > 0) this.#wait({ seq: state.sentUpTo, ...waiting })
  }

  get greeted(): boolean {
    return this.#greeted
  }

  get ended(): boolean {
    return this.#ended
  }

  get sentUpTo(): number {
    return this.#sentUpTo
  }

  send(frame: DownFrame): void {
    if (!this.#ended) this.#port.send(JSON.stringify(frame))
  }

  /** Passes ephemeral envelopes on, in frames no larger than a page. */
  pass(items: readonly Omit<DeliveredEnvelope, 'seq'>[]): void {
    if (!this.#greeted) return
    let page: Omit<DeliveredEnvelope, 'seq'>[] = []
    let bytes = 0
    for (const item of items) {
      const size = base64urlByteLength(item.body)
      if (page.length > 0 && bytes + size > LIMITS.pageBytes) {
        this.send({ type: 'ephemeral', items: page })
        page = []
        bytes = 0
      }
      page.push(item)
      bytes += size
    }
    this.send({ type: 'ephemeral', items: page })
  }

  /** Tells the client what was wrong with a frame; closes the socket of one that keeps being wrong. */
  refuse(code: ErrorCode, detail?: string, retryAfterMs?: number): void {
    this.#badFrames += 1
    this.send({
      type: 'error',
      code,
      message: ERRORS[code],
      ...(detail !== undefined && { detail }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
    if (this.#badFrames >= LIMITS.badFramesPerSocket) this.end('tooManyErrors')
  }

  /** Says why, and closes. */
  end(code: ErrorCode): void {
    this.send({ type: 'error', code, message: ERRORS[code] })
    this.#ended = true
    this.#port.close(CLOSE_CODES[actionFor(code)], code)
  }

  /** Takes one frame's worth of the socket's rate. `undefined` when there was one, else milliseconds until there is. */
  takeFrame(now: number): number | undefined {
    const refilled = this.#tokens + (Math.max(0, now - this.#tokensAt) / 1_000) * LIMITS.framesPerSecond
    this.#tokens = Math.min(LIMITS.frameBurst, refilled)
    this.#tokensAt = now
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / LIMITS.framesPerSecond) * 1_000)
    this.#tokens -= 1
    return undefined
  }

  /** Takes room for a message that waits for its answer; `false` when too many do. */
  startSend(): boolean {
    if (this.#sendsInFlight >= LIMITS.sendsInFlight) return false
    this.#sendsInFlight += 1
    return true
  }

  endSends(count: number): void {
    this.#sendsInFlight -= count
  }

  /** The client said where it stands: what follows `lastSeq` is pushed. */
  greet(lastSeq: number): void {
    this.#greeted = true
    this.#sentUpTo = lastSeq
    this.#unacknowledged = []
    this.#waitingCount = 0
    this.#waitingBytes = 0
    this.#live = false
    this.pump()
  }

  /** Pushes freshly stored envelopes, straight from memory when the device is up to date, else as far as the window allows. */
  deliver(items: readonly DeliveredEnvelope[]): void {
    if (!this.#greeted || this.#ended) return
    const room = this.#room()
    const bytes = items.reduce((sum, { body }) => sum + base64urlByteLength(body), 0)
    const fits = items.length <= room.count && bytes <= Math.min(LIMITS.pageBytes, room.bytes)
    if (this.#live && fits && items[0]?.seq === this.#sentUpTo + 1) this.#push(items)
    else {
      this.#live = false
      this.pump()
    }
  }

  /** Frees the window up to an acknowledged seq, and pushes on. */
  acknowledged(upTo: number): void {
    while ((this.#unacknowledged[0]?.seq ?? Infinity) <= upTo) {
      const waiting = this.#unacknowledged.shift()
      this.#waitingCount -= waiting?.count ?? 0
      this.#waitingBytes -= waiting?.bytes ?? 0
    }
    if (!this.#live) this.pump()
  }

  /** Pushes pages until the window is full or the device has everything. */
  pump(): void {
    while (!this.#ended) {
      const room = this.#room()
      if (room.count <= 0 || room.bytes <= 0) return
      const chunk = this.#inboxes.next(this.device, this.#sentUpTo, room.count, Math.min(LIMITS.pageBytes, room.bytes))
      if (chunk.kind === 'items') this.#push(chunk.items)
      else if (chunk.kind === 'gap') {
        this.send(chunk.gap)
        this.#sentUpTo = chunk.gap.to
      } else {
        this.#live = true
        this.#sentUpTo = chunk.upTo
        this.send({ type: 'caughtUp', upTo: chunk.upTo })
        this.#save()
        return
      }
    }
  }

  #push(items: readonly DeliveredEnvelope[]): void {
    this.send({ type: 'envelopes', items: [...items] })
    for (const { seq, body } of items) {
      this.#wait({ seq, count: 1, bytes: base64urlByteLength(body) })
    }
    this.#sentUpTo = items.at(-1)?.seq ?? this.#sentUpTo
    this.#save()
  }

  #wait(waiting: Waiting): void {
    this.#unacknowledged.push(waiting)
    this.#waitingCount += waiting.count
    this.#waitingBytes += waiting.bytes
  }

  #room(): { count: number; bytes: number } {
    return {
      count: LIMITS.unacknowledged - this.#waitingCount,
      bytes: LIMITS.unacknowledgedBytes - this.#waitingBytes,
    }
  }

  #save(): void {
    if (this.#ended) return
    this.#port.save({ device: this.device, greeted: this.#greeted, sentUpTo: this.#sentUpTo })
  }
}
