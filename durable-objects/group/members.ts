/** Who is in the group, with which role and devices, and how far each device has the log. */

import type { GroupChange, Membership } from '#protocol/groups/change.ts'
import { type GroupPolicy, type GroupRole } from '#protocol/groups/roles.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { Sql } from '../sql.ts'
import type { FanOutTarget } from './rpc.ts'

/** A device that is a member, or was and may still read how it was removed. */
export interface MemberDevice {
  /** Seq of the commit that took it in: it reads what follows. */
  readonly joinedAt: number
  /** Whether a welcome waits for it. */
  hasWelcome: boolean
  /** What it has, as far as it was reported. In storage, it is written with the next flush. */
  cursor: number
  readonly removedAt: number | undefined
  /** Its relay has durable news for it: it is not pushed to until it fetches. In storage, written with the next flush. */
  away: boolean
  /** When its relay was last told of something urgent, while it was away. */
  urgedAt: number | undefined
  /** Whether storage says that it is away. */
  isAwayStored: boolean
  /** Counts fetches, so that an outcome that is older than a fetch is not believed. In memory only. */
  fetches: number
}

interface Member {
  role: GroupRole
  hasLeft: boolean
  readonly devices: Map<number, MemberDevice>
}

export class Members implements Membership {
  readonly #sql: Sql
  readonly #accounts = new Map<string, Member>()
  readonly #dirty = new Set<string>()
  #deviceCount = 0
  #version = 0
  policy: GroupPolicy

  constructor(sql: Sql, policy: GroupPolicy) {
    this.#sql = sql
    this.policy = policy
    this.forget()
  }

  /** Reads everything again, after a rollback. What was not flushed is lost, which costs repeated news and late deletions. */
  forget(): void {
    this.#version += 1
    this.#accounts.clear()
    this.#dirty.clear()
    this.#deviceCount = 0
    for (const { account, role, has_left } of this.#sql.exec<{ account: string; role: string; has_left: number }>(
      'SELECT account, role, has_left FROM accounts',
    )) {
      this.#accounts.set(account, { role: role as GroupRole, hasLeft: has_left === 1, devices: new Map() })
    }
    for (const row of this.#sql.exec<DeviceRow>('SELECT * FROM devices')) {
      const member = this.#accounts.get(row.account) ?? { role: 'member', hasLeft: true, devices: new Map() }
      this.#accounts.set(row.account, member)
      member.devices.set(row.device, {
        joinedAt: row.joined_at,
        hasWelcome: row.has_welcome === 1,
        cursor: row.cursor,
        removedAt: row.removed_at ?? undefined,
        away: row.away === 1,
        urgedAt: row.urged_at ?? undefined,
        isAwayStored: row.away === 1,
        fetches: 0,
      })
      if (row.removed_at === null) this.#deviceCount += 1
    }
  }

  get accountCount(): number {
    let count = 0
    for (const account of this.#accounts.keys()) if (this.roleOf(account) !== undefined) count += 1
    return count
  }

  /** Changes whenever {@link readersOf} may answer something else, but for the seq. */
  get version(): number {
    return this.#version
  }

  get deviceCount(): number {
    return this.#deviceCount
  }

  roleOf(account: string): GroupRole | undefined {
    const member = this.#accounts.get(account)
    if (member === undefined) return undefined
    for (const { removedAt } of member.devices.values()) if (removedAt === undefined) return member.role
    return undefined
  }

  hasLeft(account: string): boolean {
    return this.#accounts.get(account)?.hasLeft ?? false
  }

  hasDevice(account: string, device: number): boolean {
    return this.isMember({ account, device })
  }

  isMember(address: DeviceAddress): boolean {
    const device = this.find(address)
    return device !== undefined && device.removedAt === undefined
  }

  find({ account, device }: DeviceAddress): MemberDevice | undefined {
    return this.#accounts.get(account)?.devices.get(device)
  }

  /** Takes in the first device, or one that joins by a commit at `joinedAt`. */
  add({ account, device }: DeviceAddress, role: GroupRole, joinedAt: number, hasWelcome: boolean): void {
    const isNew = this.roleOf(account) === undefined
    const member = this.#accounts.get(account) ?? { role, hasLeft: false, devices: new Map() }
    this.#accounts.set(account, member)
    // Also one that left and comes back, while former devices of its were not taken out yet.
    if (isNew || member.hasLeft) {
      member.role = role
      member.hasLeft = false
      this.#writeAccount(account, member)
    }
    member.devices.set(device, {
      joinedAt,
      hasWelcome,
      cursor: joinedAt,
      removedAt: undefined,
      away: false,
      urgedAt: undefined,
      isAwayStored: false,
      fetches: 0,
    })
    this.#version += 1
    this.#deviceCount += 1
    this.#sql.exec(
      'INSERT OR REPLACE INTO devices (account, device, joined_at, has_welcome, cursor, removed_at, away) VALUES (?, ?, ?, ?, ?, NULL, 0)',
      account,
      device,
      joinedAt,
      hasWelcome ? 1 : 0,
      joinedAt,
    )
  }

  /** Takes a device out by the commit at `seq`, which it may still read. */
  remove({ account, device }: DeviceAddress, seq: number): void {
    const row = this.find({ account, device })
    if (row === undefined || row.removedAt !== undefined) return
    this.#accounts.get(account)?.devices.set(device, { ...row, removedAt: seq, hasWelcome: false })
    this.#version += 1
    this.#deviceCount -= 1
    this.#sql.exec(
      'UPDATE devices SET removed_at = ?, has_welcome = 0 WHERE account = ? AND device = ?',
      seq,
      account,
      device,
    )
  }

  /** Puts a checked change in force. `seq` is that of its commit. */
  apply({ add, remove, roles, policy }: GroupChange, seq: number, hasWelcome: boolean): void {
    // Of an account whose only device is set up anew, the role stays: members keep it in the group context likewise.
    const before = new Map(add.map(({ account }) => [account, this.roleOf(account) ?? 'member']))
    for (const address of remove) this.remove(address, seq)
    for (const address of add) this.add(address, before.get(address.account) ?? 'member', seq, hasWelcome)
    for (const { account, role } of roles) {
      const member = this.#accounts.get(account)
      if (member === undefined) continue
      member.role = role
      this.#writeAccount(account, member)
    }
    if (policy === undefined) return
    this.policy = policy
    this.#sql.exec('UPDATE state SET policy_add = ? WHERE id = 1', policy.add)
  }

  /** The account says that it leaves. */
  leave(account: string): void {
    const member = this.#accounts.get(account)
    if (member === undefined) return
    this.#version += 1
    member.hasLeft = true
    member.role = 'member'
    this.#writeAccount(account, member)
  }

  /** A device has everything up to `cursor`, and looks at the log: so it is there. */
  fetched(device: MemberDevice, address: DeviceAddress, cursor: number): void {
    device.fetches += 1
    if (device.away) this.#version += 1
    device.away = false
    device.urgedAt = undefined
    this.reported(device, address, cursor)
    if (device.isAwayStored || (device.hasWelcome && cursor >= device.joinedAt)) {
      if (cursor >= device.joinedAt) device.hasWelcome = false
      this.#writeDevice(address, device)
    }
  }

  reported(device: MemberDevice, address: DeviceAddress, cursor: number): void {
    if (cursor <= device.cursor) return
    device.cursor = cursor
    this.#dirty.add(nameOf(address))
  }

  /** Its relay keeps news for it. `urgedAt`: and was told then that it is urgent. */
  wentAway(device: MemberDevice, address: DeviceAddress, urgedAt?: number): void {
    if (device.away && urgedAt === undefined) return
    if (!device.away) this.#version += 1
    device.away = true
    device.urgedAt = urgedAt ?? device.urgedAt
    this.#dirty.add(nameOf(address))
  }

  /** Writes what was only in memory. */
  flush(): void {
    for (const name of this.#dirty) {
      const [account = '', id] = name.split(' ')
      const address = { account, device: Number(id) }
      const device = this.find(address)
      if (device !== undefined) this.#writeDevice(address, device)
    }
    this.#dirty.clear()
  }

  get isDirty(): boolean {
    return this.#dirty.size > 0
  }

  /** Everything up to here is with every member that has not left, and with whoever was removed by it. */
  get sharedCursor(): number {
    let shared = Infinity
    for (const { hasLeft, devices } of this.#accounts.values()) {
      for (const { cursor, removedAt } of devices.values()) {
        const isReader = removedAt === undefined ? !hasLeft : cursor < removedAt
        if (isReader) shared = Math.min(shared, cursor)
      }
    }
    return shared
  }

  /** Forgets devices that were removed and have seen it, or were removed by entries that are gone. */
  dropRemoved(firstSeq: number): void {
    for (const [account, { devices }] of this.#accounts) {
      for (const [device, { removedAt, cursor }] of devices) {
        if (removedAt === undefined || (cursor < removedAt && removedAt >= firstSeq)) continue
        devices.delete(device)
        this.#sql.exec('DELETE FROM devices WHERE account = ? AND device = ?', account, device)
      }
      if (devices.size > 0) continue
      this.#accounts.delete(account)
      this.#sql.exec('DELETE FROM accounts WHERE account = ?', account)
    }
  }

  /** Whether a welcome of the commit at `seq` is still waited for. */
  waitsForWelcome(seq: number): boolean {
    for (const { devices } of this.#accounts.values()) {
      for (const { hasWelcome, joinedAt } of devices.values()) if (hasWelcome && joinedAt === seq) return true
    }
    return false
  }

  /** Devices that are away, read the entry, and whose relay was not told of anything urgent since `before`, or since they fetched. */
  sleepersOf(seq: number, before: number): FanOutTarget[] {
    const sleepers: FanOutTarget[] = []
    for (const [account, { hasLeft, devices }] of this.#accounts) {
      if (hasLeft) continue
      const sleeping: number[] = []
      // For each urgent message, and most devices are there.
      for (const [id, { away, removedAt, joinedAt, urgedAt = -Infinity }] of devices) {
        if (away && removedAt === undefined && seq > joinedAt && urgedAt <= before) sleeping.push(id)
      }
      if (sleeping.length > 0) sleepers.push({ account, devices: sleeping })
    }
    return sleepers
  }

  /**
   * Whom an entry goes to: devices that read it and are not away. `news` are those that cannot read it yet and have to look:
   * they joined by it.
   */
  readersOf(seq: number): { readers: FanOutTarget[]; news: FanOutTarget[] } {
    const readers: FanOutTarget[] = []
    const news: FanOutTarget[] = []
    for (const [account, { hasLeft, devices }] of this.#accounts) {
      const reading: number[] = []
      const told: number[] = []
      for (const [id, device] of devices) {
        if (device.away) continue
        if (device.removedAt === undefined ? hasLeft : seq > device.removedAt) continue
        if (seq > device.joinedAt) reading.push(id)
        else if (seq === device.joinedAt) told.push(id)
      }
      if (reading.length > 0) readers.push({ account, devices: reading })
      if (told.length > 0) news.push({ account, devices: told })
    }
    return { readers, news }
  }

  #writeAccount(account: string, { role, hasLeft }: Member): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO accounts (account, role, has_left) VALUES (?, ?, ?)',
      account,
      role,
      hasLeft ? 1 : 0,
    )
  }

  #writeDevice({ account, device }: DeviceAddress, row: MemberDevice): void {
    this.#sql.exec(
      'UPDATE devices SET cursor = ?, has_welcome = ?, away = ?, urged_at = ? WHERE account = ? AND device = ?',
      row.cursor,
      row.hasWelcome ? 1 : 0,
      row.away ? 1 : 0,
      row.urgedAt ?? null,
      account,
      device,
    )
    row.isAwayStored = row.away
    this.#dirty.delete(nameOf({ account, device }))
  }
}

interface DeviceRow extends Record<string, string | number | null> {
  account: string
  device: number
  joined_at: number
  has_welcome: number
  cursor: number
  removed_at: number | null
  away: number
  urged_at: number | null
}

const nameOf = ({ account, device }: DeviceAddress): string => `${account} ${device}`
