/**
 * The rules of one account's relay, put together: everything that the object does with its storage and its sockets, as
 * synchronous calls that take the time. The class in `user-relay.ts` connects them to workerd.
 */

import type { SignedDeviceList } from '#protocol/device-list.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import type { Ack } from '#protocol/frames/deliver.ts'
import type { Hello } from '#protocol/frames/hello.ts'
import type { Read } from '#protocol/frames/reading.ts'
import type { OutgoingMessage } from '#protocol/frames/send.ts'
import { LIMITS } from '#protocol/limits.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { PrekeyBundle, PrekeyStatus, PrekeyUpload } from '#protocol/prekeys.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { PushTarget } from '#protocol/push.ts'
import { PROTOCOL_VERSION } from '#protocol/version.ts'
import type { Taken } from '../rates/bucket.ts'
import { pruneBuckets } from '../rates/kept-buckets.ts'
import { RATES } from '../rates/table.ts'
import type { Sql } from '../sql.ts'
import { Account, type Caller } from './account.ts'
import type { Archive } from './archive.ts'
import { AuditOutbox } from './audit-outbox.ts'
import { ConspicuousActs } from './conspicuous.ts'
import { Deduplication } from './deduplication.ts'
import { type Deliveries, type DepositOutcome, type DepositResult, deposit } from './deposit.ts'
import { checkNextList } from './device-list-rules.ts'
import { DeviceUpkeep, type Upkeep } from './device-upkeep.ts'
import { GroupDesk } from './group-desk.ts'
import { GroupNews } from './group-news.ts'
import { Inboxes } from './inbox.ts'
import { KeyLogOutbox } from './key-log-outbox.ts'
import { KeyPackageDesk } from './key-package-desk.ts'
import { NewRecipients } from './new-recipients.ts'
import { PrekeyDesk } from './prekey-desk.ts'
import { Prekeys, isSignedBy } from './prekeys.ts'
import { PushDesk } from './push-desk.ts'
import { type Restriction, Restrictions } from './restriction.ts'
import { type SealedDelivery, SealedDesk } from './sealed-desk.ts'
import type { Session } from './session.ts'
import { Tickets } from './tickets.ts'

/** A value, or the code that says why there is none. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: ErrorCode; readonly retryAfterMs?: number }

export const good = <T>(value: T): Result<T> => ({ ok: true, value })
export const bad = <T>(code: ErrorCode, retryAfterMs?: number): Result<T> => ({
  ok: false,
  code,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})

/** Which of the account's devices asked for a change, in which request: for the audit log. */
export interface Acting {
  readonly device: number
  readonly correlationId: string
}

export class Relay {
  readonly account: Account
  readonly inboxes: Inboxes
  readonly deduplication: Deduplication
  readonly prekeys: Prekeys
  readonly prekeyDesk: PrekeyDesk
  readonly tickets: Tickets
  readonly keyPackageDesk: KeyPackageDesk
  readonly groups: GroupDesk
  readonly newRecipients: NewRecipients
  readonly keyLogOutbox: KeyLogOutbox
  readonly sealed: SealedDesk
  readonly restrictions: Restrictions
  readonly pushes: PushDesk
  readonly #upkeep: DeviceUpkeep
  /** What the watch has to be told. */
  readonly conspicuous = new ConspicuousActs()
  readonly #groupNews: GroupNews
  readonly #audit: AuditOutbox
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
    this.#groupNews = new GroupNews(sql)
    this.pushes = new PushDesk(sql, (device) => {
      const [envelope, news] = [this.inboxes.firstUrgent(device), this.#groupNews.firstUrgent(device)]
      return envelope === undefined || news === undefined ? (envelope ?? news) : Math.min(envelope, news)
    })
    this.prekeys = new Prekeys(sql)
    this.restrictions = new Restrictions(sql)
    this.prekeyDesk = new PrekeyDesk(sql, this.account, this.prekeys, this.conspicuous)
    this.tickets = new Tickets(sql)
    this.newRecipients = new NewRecipients(sql)
    this.#audit = new AuditOutbox(sql, this.account.id)
    this.keyLogOutbox = new KeyLogOutbox(sql)
    const session = (device: number) => this.#sessions.get(device)
    const transaction = <T>(work: () => T) => this.#transaction(work)
    this.keyPackageDesk = new KeyPackageDesk(sql, this.account, session, transaction, this.conspicuous)
    this.groups = new GroupDesk(this.account, this.#groupNews, this.pushes, session, transaction)
    this.sealed = new SealedDesk(sql, this, transaction)
    this.#upkeep = new DeviceUpkeep(sql, this.account, this.prekeys, session)
    this.#latest = Math.max(0, ...this.account.list.devices.map(({ id }) => this.inboxes.newest(id)))
  }

  /** The relay's time: `now`, unless the clock went back. */
  time(now: number): number {
    this.#latest = Math.max(this.#latest, now)
    return this.#latest
  }

  /** Takes a device's socket into use. An older one of the same device is told that it was replaced. */
  attach(session: Session): void {
    this.#endSession(session.device, 'replaced')
    this.#sessions.set(session.device, session)
  }

  /** Forgets a socket that closed. */
  detach(session: Session): void {
    const current = this.#sessions.get(session.device)
    if (session.ended || (current !== undefined && current !== session)) return
    this.#sessions.delete(session.device)
    if (session.greeted) this.groups.ended(session)
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
    const idleDevices = this.#upkeep.idleBeside(session.device, now)
    session.send({
      type: 'welcome',
      incarnation: this.account.incarnation,
      now: this.time(now),
      deviceListVersion: this.account.list.version,
      prekeys: this.prekeys.status(session.device),
      keyPackages: this.keyPackageDesk.keyPackages.statuses(session.device),
      deliveryKeyVersion: this.sealed.keyVersion,
      ...(idleDevices.length > 0 && { idleDevices }),
    })
    if (frame.incarnation !== undefined && !known) session.send({ type: 'gap', from: 0, to: 0, reason: 'storageLost' })
    session.greet(from)
    this.groups.greet(session, frame.incarnation !== undefined && !known)
  }

  acknowledge(session: Session, { upTo, also = [] }: Ack): void {
    if (Math.max(upTo, ...also) > session.sentUpTo) return session.refuse('ackOfTheFuture')
    this.#transaction(() => this.inboxes.acknowledge(session.device, upTo, also))
    session.acknowledged(upTo)
  }

  /** The client has read what it was asked about. */
  read(session: Session, { nonce }: Read): void {
    if (!session.read(nonce)) return session.refuse('malformed', 'nonce')
    this.groups.readOn(session)
  }

  /** Stores messages and pushes them to the connected devices. The caller's output gate holds both back until durable. */
  deposit(from: DeviceAddress, messages: readonly OutgoingMessage[], now: number): readonly DepositOutcome[] {
    return this.#deposit(() => deposit(this, from, messages, this.time(now)))
  }

  /** The same of messages from nobody in particular. */
  depositSealed(deliveries: readonly SealedDelivery[], now: number): readonly DepositOutcome[] {
    return this.#deposit(() => this.sealed.deposit(deliveries, this.time(now)))
  }

  /** A single-use ticket for the caller's device. */
  issueTicket(caller: Caller, now: number): Result<{ secret: string; expiresAt: number }> {
    const issued = this.#transaction(() => this.tickets.issue(caller, now))
    if (typeof issued === 'number') return bad('rateLimited', issued)
    return good({ secret: issued, expiresAt: now + RELAY_LIMITS.ticketTtl })
  }

  /** The device that may open a socket with this ticket. */
  redeemTicket(secret: string, now: number): Result<number> {
    const holder = this.#transaction(() => this.tickets.redeem(secret, now))
    if (!holder) return bad('ticketInvalid')
    const refusal = this.account.refuse(holder)
    return refusal ? bad(refusal) : good(holder.device)
  }

  uploadPrekeys(device: number, upload: PrekeyUpload, now: number): Result<PrekeyStatus> {
    if (!isSignedBy(this.account.list.identityKey, upload)) return bad('prekeyInvalid')
    const code = this.#transaction(() => this.prekeys.upload(device, upload, now))
    return code ? bad(code) : good(this.prekeys.status(device))
  }

  /** Bundles of `devices`, or of all but the requesting one, with the list that they belong to. */
  bundles(
    requester: DeviceAddress,
    devices: readonly number[] | undefined,
    now: number,
  ): { deviceList: SignedDeviceList; bundles: PrekeyBundle[] } {
    const wanted = this.account.wanted(requester, devices)
    const bundles = this.#transaction(() => this.prekeyDesk.bundles(requester.account, wanted, now))
    this.#noticeLowPrekeys()
    return { deviceList: this.account.signedList, bundles }
  }

  /** Puts the next device list in force; removed devices lose inbox, prekeys, tokens and sockets. */
  updateDeviceList(
    signed: SignedDeviceList,
    uploads: readonly { readonly device: number; readonly upload: PrekeyUpload }[],
    now: number,
    by: Acting,
  ): Result<number> {
    const { list, signedList, highestDevice } = this.account
    if (signed.bytes === signedList.bytes) return good(list.version)
    const change = checkNextList(list, highestDevice, signed)
    if (!change.ok) return bad(change.code)
    if (this.keyLogOutbox.refusesMore) return bad('relayUnavailable')
    const fresh = [...change.added, ...change.reset].map(({ id }) => id)
    const uploaded = new Set(uploads.map(({ device }) => device))
    const wrong = (upload: PrekeyUpload) => !upload.signedPrekey || !isSignedBy(list.identityKey, upload)
    if (fresh.some((id) => !uploaded.has(id)) || uploaded.size !== fresh.length || uploads.length !== fresh.length) {
      return bad('prekeyInvalid')
    }
    if (uploads.some(({ upload }) => wrong(upload))) return bad('prekeyInvalid')
    this.#transaction(() => {
      this.account.applyChange(change, signed, now)
      this.keyLogOutbox.note(change.list.version, signed.bytes)
      for (const device of change.removed) {
        this.inboxes.remove(device)
        this.prekeys.clear(device)
        this.keyPackageDesk.keyPackages.remove(device)
        this.#groupNews.remove(device)
        this.pushes.remove(device)
      }
      for (const { id } of change.reset) {
        this.pushes.remove(id)
        this.prekeys.clear(id)
        this.keyPackageDesk.keyPackages.clear(id)
      }
      for (const { device, upload } of uploads) {
        // The keys of a fresh device cannot collide with any that are here.
        const refused = this.prekeys.upload(device, upload, now)
        if (refused) throw new Error(`prekeys of a fresh device refused: ${refused}`)
      }
      this.#audit.add(
        {
          type: 'deviceListChanged',
          actor: this.account.id,
          subject: this.account.id,
          details: {
            by: by.device,
            version: change.list.version,
            added: change.added.map(({ id }) => id),
            removed: [...change.removed],
            reset: change.reset.map(({ id }) => id),
          },
        },
        { correlationId: by.correlationId, now },
      )
    })
    for (const device of change.removed) this.#endSession(device, 'deviceRevoked')
    for (const { id } of change.reset) this.#endSession(id, 'tokenRevoked')
    for (const session of this.#sessions.values()) {
      if (session.greeted) session.send({ type: 'deviceListChanged', version: change.list.version })
    }
    return good(change.list.version)
  }

  /** Ends a device's tokens, tickets and socket. */
  revokeTokens(device: number, now: number, by: Acting): void {
    const { id } = this.account
    this.#transaction(() => {
      this.account.revokeTokens(device, now)
      const details = { by: by.device, device }
      this.#audit.add(
        { type: 'tokensRevoked', actor: id, subject: id, details },
        { correlationId: by.correlationId, now },
      )
    })
    this.#endSession(device, 'tokenRevoked')
  }

  /** Whether the account may send to `recipient` now: what counts is whom it begins to write to. */
  mayWriteTo(recipient: string, now: number): Taken {
    if (this.newRecipients.knows(recipient)) return { allowed: true }
    const free = this.restrictions.take(now)
    if (!free.allowed) return free
    const taken = this.newRecipients.take(recipient, now)
    if (!taken.allowed) this.conspicuous.add(this.account.id, RATES.newRecipientsPerAccount.signal)
    return taken
  }

  /** Puts what the watch decided upon the account. Who is blocked has no socket. */
  restrict(restriction: Restriction, now: number): void {
    this.restrictions.put(restriction)
    const blockedFor = this.restrictions.blockedFor(now)
    if (blockedFor === undefined) return
    for (const device of this.#sessions.keys()) this.#endSession(device, 'rateLimited', blockedFor)
  }

  /** Puts where a device is to be woken, or that it is not to be. */
  setPushTarget(device: number, target: PushTarget | undefined): void {
    this.#transaction(() => (target === undefined ? this.pushes.remove(device) : this.pushes.set(device, target)))
  }

  /** Devices that are to be woken now. */
  pushesDue(now: number): number[] {
    return this.#transaction(() => this.pushes.dueBy(now))
  }

  /** Reminds devices to renew their keys, and counts those that are not in use. */
  lookAfterDevices(now: number): Upkeep {
    return this.#transaction(() => this.#upkeep.look(now))
  }

  /** Deletes what ran out of time. */
  expire(now: number): void {
    this.#transaction(() => {
      for (const { id } of this.account.list.devices) this.inboxes.expire(id, now - LIMITS.envelopeTtl)
      this.deduplication.prune(now)
      this.sealed.expire(now)
      pruneBuckets(this.#sql, now)
    })
  }

  /** When the object has to act next by itself; `undefined` when never. */
  nextDue(archive: Archive, now: number): number | undefined {
    const dues = this.account.list.devices.map(({ id }) => {
      const oldest = this.inboxes.firstAfter(id, 0)
      return oldest && oldest.at + LIMITS.envelopeTtl
    })
    const others = [this.deduplication.due, this.sealed.due, archive.due(now), this.pushes.due]
    const due = Math.min(...[...dues, ...others].map((at) => at ?? Infinity))
    return due === Infinity ? undefined : due
  }

  #deposit(work: () => DepositResult): readonly DepositOutcome[] {
    const { outcomes, deliveries } = this.#transaction(work)
    this.#push(deliveries)
    this.#noticeLowPrekeys()
    return outcomes
  }

  #endSession(device: number, code: ErrorCode, retryAfterMs?: number): void {
    const session = this.#sessions.get(device)
    this.#sessions.delete(device)
    if (session?.greeted === true) this.groups.ended(session)
    session?.end(code, retryAfterMs)
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
      this.sealed.forget()
      this.restrictions.forget()
      this.pushes.forget()
      throw error
    }
  }
}
