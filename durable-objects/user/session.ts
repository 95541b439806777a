/**
 * One socket of a device: what was pushed, what is unacknowledged, and how fast it may talk. Rules only: the socket is a
 * port, so that all of this runs without workerd.
 */

import { CLOSE_CODES, ERRORS, type ErrorCode, actionFor } from '#protocol/errors.ts'
import type { DeliveredEnvelope } from '#protocol/frames/deliver.ts'
import type { DownFrame } from '#protocol/frames/down.ts'
import { base64urlByteLength } from '#protocol/bytes.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { type Taken, left, takeFrom } from '../rates/bucket.ts'
import { RATES } from '../rates/table.ts'
import { GroupPushes, type PushedGroups } from './group-pushes.ts'
import type { Inboxes } from './inbox.ts'
import { Reading, type ReadingState } from './reading.ts'

/** What survives the object's hibernation, in the socket's attachment (at most 16 KiB; this is some 40 octets, and as many for each group). */
export interface SessionState {
  readonly device: number
  readonly greeted: boolean
  /** Highest seq that was pushed. */
  readonly sentUpTo: number
  /** Absent while there are none. */
  readonly groups?: PushedGroups
  readonly reading?: ReadingState
}

/** A socket, as far as the rules use one. Both calls tolerate a socket that is gone. */
export interface SocketPort {
  send(text: string): void
  /** `unread`: characters that the runtime may keep until the client has gone. */
  close(code: number, reason: string, unread: number): void
  save(state: SessionState): void
}

interface Waiting {
  readonly seq: number
  readonly count: number
  readonly bytes: number
}

export class Session {
  readonly device: number
  readonly groups: GroupPushes
  readonly #reading: Reading
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
  #framesFullAt: number | undefined
  #reportsFullAt: number | undefined
  #badFrames = 0
  #sendsInFlight = 0
  /** Closed by the relay: nothing is pushed, and nothing saved, for a socket that is on its way out. */
  #ended = false

  constructor(port: SocketPort, inboxes: Inboxes, state: SessionState) {
    this.#port = port
    this.#inboxes = inboxes
    this.device = state.device
    this.groups = new GroupPushes(state.groups)
    this.#reading = new Reading(state.reading)
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

  /** Whether the device leaves so much unread that what need not reach it now is held back. */
  get isBehind(): boolean {
    return this.#reading.isBehind
  }

  send(frame: DownFrame): void {
    if (this.#ended) return
    this.#check(this.#write(frame))
    if (this.#reading.isStuck) this.end('tooManyInFlight')
  }

  /** The client has read up to a check. `false`: it was not asked that. */
  read(nonce: string): boolean {
    const confirmed = this.#reading.confirmed(nonce)
    if (confirmed === false) return false
    this.#check(confirmed.next)
    this.save()
    if (this.#greeted && !this.#live) this.pump()
    return true
  }

  /** Groups left news in storage for the device while it is behind. */
  oweNews(): void {
    this.#reading.oweNews()
    this.save()
  }

  /** Whether the device has read on, and is to be told of that news now. */
  takeOwedNews(): boolean {
    return this.#reading.takeOwedNews()
  }

  /** Passes ephemeral envelopes on, in frames no larger than a page; drops them for a device that is behind. */
  pass(items: readonly Omit<DeliveredEnvelope, 'seq'>[]): void {
    if (!this.#greeted || this.isBehind) return
    let page: Omit<DeliveredEnvelope, 'seq'>[] = []
    let bytes = 0
    for (const item of items) {
      const size = base64urlByteLength(item.body)
      if (page.length > 0 && bytes + size > RELAY_LIMITS.pageBytes) {
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
    if (this.#badFrames >= RELAY_LIMITS.badFramesPerSocket) this.end('tooManyErrors')
  }

  /** Says why, and closes. */
  end(code: ErrorCode, retryAfterMs?: number): void {
    if (this.#ended) return
    this.#write({ type: 'error', code, message: ERRORS[code], ...(retryAfterMs !== undefined && { retryAfterMs }) })
    this.#ended = true
    this.#port.close(CLOSE_CODES[actionFor(code)], code, this.#reading.unread)
  }

  /** Takes one frame's worth of the socket's rate. */
  takeFrame(now: number): Taken {
    const taken = takeFrom(this.#framesFullAt, RATES.framesPerSocket, now)
    this.#framesFullAt = taken.fullAt
    return taken
  }

  /** How many of these reports to groups may be passed on now: each is a call to an object, whether or not there is such a group. */
  takeReports(count: number, now: number): number {
    const taken = Math.min(count, left(this.#reportsFullAt, RATES.groupReportsPerSocket, now))
    this.#reportsFullAt = takeFrom(this.#reportsFullAt, RATES.groupReportsPerSocket, now, taken).fullAt
    return taken
  }

  /** Takes room for a message that waits for its answer; `false` when too many do. */
  startSend(): boolean {
    if (this.#sendsInFlight >= RELAY_LIMITS.sendsInFlight) return false
    this.#sendsInFlight += 1
    return true
  }

  endSends(count: number): void {
    this.#sendsInFlight -= count
  }

  /** Keeps what has to outlive the object's memory. */
  save(): void {
    if (this.#ended) return
    const groups = this.groups.state
    const reading = this.#reading.state
    this.#port.save({
      device: this.device,
      greeted: this.#greeted,
      sentUpTo: this.#sentUpTo,
      ...(groups.length > 0 && { groups }),
      ...(reading && { reading }),
    })
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
    const fits = items.length <= room.count && bytes <= Math.min(RELAY_LIMITS.pageBytes, room.bytes)
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
      const chunk = this.#inboxes.next(
        this.device,
        this.#sentUpTo,
        room.count,
        Math.min(RELAY_LIMITS.pageBytes, room.bytes),
      )
      if (chunk.kind === 'items') this.#push(chunk.items)
      else if (chunk.kind === 'gap') {
        this.send(chunk.gap)
        this.#sentUpTo = chunk.gap.to
      } else {
        this.#live = true
        this.#sentUpTo = chunk.upTo
        this.send({ type: 'caughtUp', upTo: chunk.upTo })
        this.save()
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
    this.save()
  }

  #wait(waiting: Waiting): void {
    this.#unacknowledged.push(waiting)
    this.#waitingCount += waiting.count
    this.#waitingBytes += waiting.bytes
  }

  #room(): { count: number; bytes: number } {
    return {
      count: RELAY_LIMITS.unacknowledged - this.#waitingCount,
      bytes: Math.min(RELAY_LIMITS.unacknowledgedBytes - this.#waitingBytes, this.#reading.room),
    }
  }

  /** Hands a frame to the socket. Answers the nonce of a check that is to follow. */
  #write(frame: DownFrame): string | undefined {
    const text = JSON.stringify(frame)
    this.#port.send(text)
    return this.#reading.sent(text.length)
  }

  #check(nonce: string | undefined): void {
    if (nonce === undefined) return
    this.#write({ type: 'readCheck', nonce })
    this.save()
  }
}
