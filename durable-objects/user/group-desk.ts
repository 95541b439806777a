/** The account's side of its groups: entries from a group's relay go to connected devices, and news waits for the others. */

import type { GroupAck } from '#protocol/frames/group.ts'
import type { GroupEntry } from '#protocol/groups/entries.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { Account } from './account.ts'
import type { GroupNews } from './group-news.ts'
import { framesOf } from './group-pushes.ts'
import type { PushDesk } from './push-desk.ts'
import type { Session } from './session.ts'

type Transaction = <T>(work: () => T) => T

export class GroupDesk {
  readonly #account: Account
  readonly #news: GroupNews
  readonly #pushes: PushDesk
  readonly #session: (device: number) => Session | undefined
  readonly #transaction: Transaction

  constructor(
    account: Account,
    news: GroupNews,
    pushes: PushDesk,
    session: (device: number) => Session | undefined,
    transaction: Transaction,
  ) {
    this.#account = account
    this.#news = news
    this.#pushes = pushes
    this.#session = session
    this.#transaction = transaction
  }

  /**
   * Pushes entries, in the order of their seqs, to those of `devices` that are connected, without any write; leaves the others
   * news. Without entries all of them are left news, and the connected ones told at once.
   *
   * @param urgentAt now, where it may wake devices
   * @returns the devices that are away, which know of the entries only by their next connection, or once they have read on
   */
  deliver(group: string, devices: readonly number[], entries: readonly GroupEntry[], urgentAt?: number): number[] {
    const connected: Session[] = []
    const away: number[] = []
    const owed: number[] = []
    const upTo = entries.at(-1)?.seq
    for (const device of devices) {
      const greeted = this.#greeted(device)
      // One that does not read is told once it has read on (W-12).
      if (greeted?.isBehind) greeted.oweNews()
      const session = greeted?.isBehind ? undefined : greeted
      if (session === undefined) away.push(device)
      else connected.push(session)
      const isTracked = session !== undefined && upTo !== undefined && session.groups.note(group, upTo, urgentAt)
      if (!isTracked && this.#account.device(device) !== undefined) owed.push(device)
    }
    if (owed.length > 0) {
      this.#transaction(() => {
        for (const device of owed) this.#leave(device, group, urgentAt)
      })
    }
    const frames = upTo === undefined ? [{ type: 'groupNews' as const, groups: [group] }] : framesOf(group, entries)
    for (const session of connected) {
      session.save()
      for (const frame of frames) session.send(frame)
    }
    return away
  }

  /** Passes a message outside the log to those of `devices` that are connected. */
  pass(group: string, devices: readonly number[], item: { messageId: string; at: number; body: string }): void {
    for (const device of devices) {
      const session = this.#greeted(device)
      if (session && !session.isBehind) session.send({ type: 'groupEphemeral', group, ...item })
    }
  }

  /** The device has read on: tells it what was left for it meanwhile. */
  readOn(session: Session): void {
    if (!session.takeOwedNews()) return
    session.save()
    const groups = this.#news.of(session.device)
    if (groups.length > 0) session.send({ type: 'groupNews', groups })
  }

  /** A socket was greeted: tells it what there is. `isLost`: the relay's storage was lost since the device's last connection. */
  greet(session: Session, isLost: boolean): void {
    const { device } = session
    const { isOrderly, groups } = this.#transaction(() => ({
      isOrderly: this.#news.connect(device),
      groups: this.#news.of(device),
    }))
    const all = isLost || !isOrderly
    if (all || groups.length > 0) session.send({ type: 'groupNews', groups, ...(all && { all }) })
  }

  acknowledge(session: Session, { cursors, news = [] }: GroupAck, now: number): void {
    const { device } = session
    const isWoken = this.#pushes.has(device)
    for (const { group, upTo } of cursors) {
      // What a former socket, or this one when it was late, left to wake the device for.
      if (session.groups.acknowledged(group, upTo, now) && isWoken) this.#news.calm(device, group)
    }
    session.save()
    if (news.length > 0) this.#transaction(() => this.#news.noted(device, news))
  }

  /** When {@link leaveUnread} may have something to do; `undefined` when never. In memory: a write for each entry would be too much. */
  get unreadDue(): number | undefined {
    const first = Math.min(...this.#unread().map(({ at }) => at))
    return first === Infinity ? undefined : first + RELAY_LIMITS.pushAfter
  }

  /** Has connected devices woken that did not acknowledge something urgent within a moment: they may be there no more. */
  leaveUnread(now: number): void {
    const late = this.#unread().filter(({ at }) => at + RELAY_LIMITS.pushAfter <= now)
    if (late.length === 0) return
    this.#transaction(() => {
      for (const { session, group, at } of late) this.#leave(session.device, group, at)
    })
    for (const { session, group } of late) {
      session.groups.left(group)
      session.save()
    }
  }

  /** A greeted socket ended, or was replaced: what it may not have got is told to the device's next one. */
  ended(session: Session): void {
    const { device, groups } = session
    this.#transaction(() => {
      if (this.#account.device(device) === undefined) this.#news.remove(device)
      else {
        this.#news.disconnect(device, groups.unacknowledged)
        for (const { group, at } of groups.urgent) this.#leave(device, group, at)
      }
    })
  }

  /** Leaves a device news, and has it woken for what is urgent, if it can be. Must run in a transaction. */
  #leave(device: number, group: string, urgentAt: number | undefined): void {
    if (urgentAt === undefined || !this.#pushes.has(device)) return this.#news.leave(device, [group])
    this.#news.urge(device, group, urgentAt)
    this.#pushes.wait(device, urgentAt)
  }

  /** What is urgent, was pushed to devices that can be woken, and was not acknowledged. */
  #unread(): { readonly session: Session; readonly group: string; readonly at: number }[] {
    return this.#account.list.devices.flatMap(({ id }) => {
      const session = this.#pushes.has(id) ? this.#greeted(id) : undefined
      return session === undefined ? [] : session.groups.urgent.map(({ group, at }) => ({ session, group, at }))
    })
  }

  #greeted(device: number): Session | undefined {
    const session = this.#session(device)
    return session?.greeted === true && !session.ended ? session : undefined
  }
}
