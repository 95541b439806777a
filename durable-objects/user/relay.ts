/**
 * The rules of one account's relay, put together: everything that the object does with its storage and its sockets, as
 * synchronous calls that take the time. The class in `user-relay.ts` connects them to workerd.
 */

import type { SignedDeviceList } from '#protocol/device-list.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import type { Ack } from '#protocol/frames/deliver.ts'
import type { Hello } from '#protocol/frames/hello.ts'
import type { OutgoingMessage } from '#protocol/frames/send.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { PrekeyBundle, PrekeyStatus, PrekeyUpload } from '#protocol/prekeys.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { PROTOCOL_VERSION } from '#protocol/version.ts'
import type { Sql } from '../sql.ts'
import { Account, type Caller } from './account.ts'
import type { Archive } from './archive.ts'
import { Deduplication } from './deduplication.ts'
import { type Deliveries, type DepositOutcome, deposit } from './deposit.ts'
import { checkNextList } from './device-list-rules.ts'
import { Inboxes } from './inbox.ts'
import { PrekeyDesk } from './prekey-desk.ts'
import { Prekeys, isSignedBy } from './prekeys.ts'
import type { Session } from './session.ts'
import { Tickets } from './tickets.ts'

/** A value, or the code that says why there is none. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: ErrorCode }

const good = <T>(value: T): Result<T> => ({ ok: true, value })
const bad = <T>(code: ErrorCode): Result<T> => ({ ok: false, code })

export class Relay {
  readonly account: Account
  readonly inboxes: Inboxes
  readonly deduplication: Deduplication
  readonly prekeys: Prekeys
  readonly prekeyDesk: PrekeyDesk
  readonly tickets: Tickets
  readonly #sql: Sql
  /** Greeted and ungreeted sockets, one per device at most: the newest. */
  readonly #sessions = new Map<number, Session>()
  /** The relay's clock never runs backwards, so that an inbox's order is also the order of its times. */
  #latest = 0

  constructor(sql: Sql) {
    this.#sql = sql
    this.account = new Account(sql)
    this.inboxes = new Inboxes(sql)
    this.deduplication = new Deduplication(sql)
    this.prekeys = new Prekeys(sql)
    this.prekeyDesk = new PrekeyDesk(this.account, this.prekeys)
    this.tickets = new Tickets(sql)
    this.#latest = Math.max(0, ...this.account.list.devices.map(({ id }) => this.inboxes.newest(id)))
  }

  /** The relay's time: `now`, unless the clock went back. */
  time(now: number): number {
    this.#latest = Math.max(this.#latest, now)
    return this.#latest
  }

  /** Takes a device's socket into use. An older one of the same device is told that it was replaced. */
  attach(session: Session): void {
    this.#sessions.get(session.device)?.end('replaced')
    this.#sessions.set(session.device, session)
  }

  /** Forgets a socket that closed. */
  detach(session: Session): void {
    if (this.#sessions.get(session.device) === session) this.#sessions.delete(session.device)
  }

  session(device: number): Session | undefined {
    return this.#sessions.get(device)
  }

  /** First frame of a socket. */
  hello(session: Session, frame: Hello, now: number): void {
    if (session.greeted) return session.refuse('helloExpected')
    if (frame.version !== PROTOCOL_VERSION) return session.end('unsupportedVersion')
    const known = frame.incarnation === this.account.incarnation
    const top = this.inboxes.nextSeq(session.device) - 1
    if (known && frame.lastSeq > top) return session.refuse('ackOfTheFuture')
    const from = known ? frame.lastSeq : 0
    if (from > 0) this.#transaction(() => this.inboxes.acknowledge(session.device, from))
    session.send({
      type: 'welcome',
      incarnation: this.account.incarnation,
      now: this.time(now),
      deviceListVersion: this.account.list.version,
      prekeys: this.prekeys.status(session.device),
    })
    if (frame.incarnation !== undefined && !known) session.send({ type: 'gap', from: 0, to: 0, reason: 'storageLost' })
    session.greet(from)
  }

  acknowledge(session: Session, { upTo, also = [] }: Ack): void {
    if (Math.max(upTo, ...also) > session.sentUpTo) return session.refuse('ackOfTheFuture')
    this.#transaction(() => this.inboxes.acknowledge(session.device, upTo, also))
    session.acknowledged(upTo)
  }

  /** Stores messages and pushes them to the connected devices. The caller's output gate holds both back until durable. */
  deposit(from: DeviceAddress, messages: readonly OutgoingMessage[], now: number): readonly DepositOutcome[] {
    const { outcomes, deliveries } = this.#transaction(() => deposit(this, from, messages, this.time(now)))
    this.#push(deliveries)
    this.#noticeLowPrekeys()
    return outcomes
  }

  /** A single-use ticket for the caller's device. */
  issueTicket(caller: Caller, now: number): Result<{ secret: string; expiresAt: number }> {
    const secret = this.#transaction(() => this.tickets.issue(caller, now))
    return secret === undefined ? bad('rateLimited') : good({ secret, expiresAt: now + LIMITS.ticketTtl })
  }

  /** The device that may open a socket with this ticket. */
  redeemTicket(secret: string, now: number): Result<number> {
    const holder = this.#transaction(() => this.tickets.redeem(secret, now))
    if (!holder) return bad('ticketInvalid')
    const refusal = this.account.refuse(holder)
    return refusal ? bad(refusal) : good(holder.device)
  }

  uploadPrekeys(device: number, upload: PrekeyUpload): Result<PrekeyStatus> {
    if (!isSignedBy(this.account.list.identityKey, upload)) return bad('prekeyInvalid')
    const code = this.#transaction(() => this.prekeys.upload(device, upload))
    return code ? bad(code) : good(this.prekeys.status(device))
  }

  /** Bundles of `devices`, or of all but the requesting one, with the list that they belong to. */
  bundles(
    requester: DeviceAddress,
    devices: readonly number[] | undefined,
    now: number,
  ): { deviceList: SignedDeviceList; bundles: PrekeyBundle[] } {
    const own = requester.account === this.account.id
    const all = new Set(devices ?? this.account.list.devices.map(({ id }) => id))
    const wanted = [...all].filter((id) => !own || id !== requester.device)
    const bundles = this.#transaction(() => this.prekeyDesk.bundles(requester.account, wanted, now))
    this.#noticeLowPrekeys()
    return { deviceList: this.account.signedList, bundles }
  }

  /** Puts the next device list in force; removed devices lose inbox, prekeys, tokens and sockets. */
  updateDeviceList(
    signed: SignedDeviceList,
    uploads: readonly { readonly device: number; readonly upload: PrekeyUpload }[],
    now: number,
  ): Result<number> {
    const { list, signedList, highestDevice } = this.account
    if (signed.bytes === signedList.bytes) return good(list.version)
    const change = checkNextList(list, highestDevice, signed)
    if (!change.ok) return bad(change.code)
    const fresh = [...change.added, ...change.reset].map(({ id }) => id)
    const uploaded = new Set(uploads.map(({ device }) => device))
    const wrong = (upload: PrekeyUpload) => !upload.signedPrekey || !isSignedBy(list.identityKey, upload)
    if (fresh.some((id) => !uploaded.has(id)) || uploaded.size !== fresh.length || uploads.length !== fresh.length) {
      return bad('prekeyInvalid')
    }
    if (uploads.some(({ upload }) => wrong(upload))) return bad('prekeyInvalid')
    this.#transaction(() => {
      this.account.applyChange(change, signed, now)
      for (const device of change.removed) {
        this.inboxes.remove(device)
        this.prekeys.clear(device)
      }
      for (const { id } of change.reset) this.prekeys.clear(id)
      for (const { device, upload } of uploads) {
        // The keys of a fresh device cannot collide with any that are here.
        const refused = this.prekeys.upload(device, upload)
        if (refused) throw new Error(`prekeys of a fresh device refused: ${refused}`)
      }
    })
    for (const device of change.removed) this.#endSession(device, 'deviceRevoked')
    for (const { id } of change.reset) this.#endSession(id, 'tokenRevoked')
    for (const session of this.#sessions.values()) {
      if (session.greeted) session.send({ type: 'deviceListChanged', version: change.list.version })
    }
    return good(change.list.version)
  }

  /** Ends a device's tokens, tickets and socket. */
  revokeTokens(device: number, now: number): void {
    this.#transaction(() => this.account.revokeTokens(device, now))
    this.#endSession(device, 'tokenRevoked')
  }

  /** Deletes what ran out of time. */
  expire(now: number): void {
    this.#transaction(() => {
      for (const { id } of this.account.list.devices) this.inboxes.expire(id, now - LIMITS.envelopeTtl)
      this.deduplication.prune(now)
      this.prekeys.pruneTakers(now)
    })
  }

  /** When the object has to act next by itself; `undefined` when never. */
  nextDue(archive: Archive, now: number): number | undefined {
    const dues = this.account.list.devices.map(({ id }) => {
      const oldest = this.inboxes.firstAfter(id, 0)
      return oldest && oldest.at + LIMITS.envelopeTtl
    })
    const due = Math.min(...[...dues, this.deduplication.due, archive.due(now)].map((at) => at ?? Infinity))
    return due === Infinity ? undefined : due
  }

  #endSession(device: number, code: ErrorCode): void {
    const session = this.#sessions.get(device)
    this.#sessions.delete(device)
    session?.end(code)
  }

  #push({ stored, ephemeral }: Deliveries): void {
    for (const [device, items] of stored) this.#sessions.get(device)?.deliver(items)
    for (const [device, items] of ephemeral) this.#sessions.get(device)?.pass(items)
  }

  #noticeLowPrekeys(): void {
    for (const [device, oneTimeCount] of this.prekeyDesk.takeLow()) {
      const session = this.#sessions.get(device)
      if (session?.greeted) session.send({ type: 'prekeysLow', oneTimeCount })
    }
  }

  /** A transaction after whose failure memory is as storage is. */
  #transaction<T>(work: () => T): T {
    try {
      return this.#sql.transaction(work)
    } catch (error) {
      this.account.forget()
      this.inboxes.forget()
      this.deduplication.forget()
      throw error
    }
  }
}
