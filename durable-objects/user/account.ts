/** The account that an object belongs to: its signed device list, and what the relay adds to each device. */

import { fromBase64url, randomBytes, toBase64url } from '#protocol/bytes.ts'
import { type DeviceList, type DeviceRecord, type SignedDeviceList, parseDeviceList } from '#protocol/device-list.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { sealingKeyHint } from '#protocol/sealed/envelope.ts'
import type { Sql } from '../sql.ts'
import type { ListChange } from './device-list-rules.ts'

/** Who calls, as an access token or a ticket says. */
export interface Caller {
  readonly device: number
  readonly tokenEpoch: number
}

interface AccountRow extends Record<string, string | number | null> {
  incarnation: string
  list_bytes: string
  list_signature: string
  highest_device: number
}

/** How far a device's inbox was copied to Postgres, and deleted there again. */
export interface ArchiveMark {
  readonly archivedUpto: number
  readonly attemptedUpto: number
  readonly clearedUpto: number
}

interface DeviceState {
  readonly tokenEpoch: number
  readonly archive: ArchiveMark
}

export class Account {
  readonly id: string
  readonly incarnation: string
  readonly #sql: Sql
  #signed: SignedDeviceList
  #list: DeviceList
  #highestDevice: number
  /** Hints of the sealing keys in the list, by device, as far as they were asked for. */
  readonly #sealingHints = new Map<number, string>()
  readonly #devices = new Map<number, DeviceState>()

  /** Opens the account of an object that was written before. */
  constructor(sql: Sql) {
    this.#sql = sql
    const loaded = load(sql)
    this.id = loaded.list.account
    this.incarnation = loaded.incarnation
    this.#signed = loaded.signed
    this.#list = loaded.list
    this.#highestDevice = loaded.highestDevice
    this.#loadDevices()
  }

  /** Reads everything again, after a rollback. */
  forget(): void {
    const loaded = load(this.#sql)
    this.#signed = loaded.signed
    this.#list = loaded.list
    this.#sealingHints.clear()
    this.#highestDevice = loaded.highestDevice
    this.#loadDevices()
  }

  /** Writes the rows of a new account, or of one whose storage was lost, under a new incarnation. */
  static create(sql: Sql, list: DeviceList, signed: SignedDeviceList, archivedListVersion: number, now: number): void {
    sql.exec(
      'INSERT INTO account (id, account, incarnation, list_bytes, list_signature, highest_device, archived_list_version) VALUES (1, ?, ?, ?, ?, ?, ?)',
      list.account,
      toBase64url(randomBytes(16)),
      signed.bytes,
      signed.signature,
      Math.max(...list.devices.map(({ id }) => id)),
      archivedListVersion,
    )
    for (const { id } of list.devices) addDevice(sql, id, now)
  }

  get signedList(): SignedDeviceList {
    return this.#signed
  }

  get list(): DeviceList {
    return this.#list
  }

  get highestDevice(): number {
    return this.#highestDevice
  }

  device(id: number): DeviceRecord | undefined {
    return this.#list.devices.find((device) => device.id === id)
  }

  /** The hint of the key that envelopes for a device are sealed to; `undefined` when it has none. */
  sealingHint(id: number): string | undefined {
    const known = this.#sealingHints.get(id)
    const sealingKey = this.device(id)?.sealingKey
    if (known !== undefined || sealingKey === undefined) return known
    const hint = toBase64url(sealingKeyHint(fromBase64url(sealingKey)))
    this.#sealingHints.set(id, hint)
    return hint
  }

  /** Devices that `requester` asks for by number, or all; those that there are, each once, and never itself. */
  wanted(requester: DeviceAddress, ids: readonly number[] = this.#list.devices.map(({ id }) => id)): number[] {
    const isOwn = requester.account === this.id
    return [...new Set(ids)].filter((id) => this.device(id) !== undefined && !(isOwn && id === requester.device))
  }

  tokenEpoch(id: number): number | undefined {
    return this.#devices.get(id)?.tokenEpoch
  }

  archiveMark(id: number): ArchiveMark {
    return this.#devices.get(id)?.archive ?? { archivedUpto: 0, attemptedUpto: 0, clearedUpto: 0 }
  }

  /** Why the caller may not act for its device any more; `undefined` when it may. */
  refuse(caller: Caller): ErrorCode | undefined {
    const epoch = this.tokenEpoch(caller.device)
    if (epoch === undefined) return 'deviceRevoked'
    return epoch === caller.tokenEpoch ? undefined : 'tokenRevoked'
  }

  /** Ends every token and ticket of a device. */
  revokeTokens(id: number, now: number): void {
    // Seconds, so that an object that lost its storage does not start again with an epoch that was revoked.
    const epoch = Math.max((this.tokenEpoch(id) ?? 0) + 1, Math.floor(now / 1_000))
    this.#sql.exec('UPDATE devices SET token_epoch = ? WHERE id = ?', epoch, id)
    this.#sql.exec('DELETE FROM tickets WHERE device = ?', id)
    this.#loadDevices()
  }

  /** Puts a verified next list in force. */
  applyChange(change: ListChange, signed: SignedDeviceList, now: number): void {
    this.#highestDevice = Math.max(this.#highestDevice, ...change.added.map(({ id }) => id))
    this.#sql.exec(
      'UPDATE account SET list_bytes = ?, list_signature = ?, highest_device = ? WHERE id = 1',
      signed.bytes,
      signed.signature,
      this.#highestDevice,
    )
    this.#signed = signed
    this.#list = change.list
    this.#sealingHints.clear()
    for (const { id } of change.added) addDevice(this.#sql, id, now)
    for (const id of change.removed) {
      this.#sql.exec('DELETE FROM devices WHERE id = ?', id)
      this.#sql.exec('DELETE FROM tickets WHERE device = ?', id)
    }
    this.#loadDevices()
    for (const { id } of change.reset) this.revokeTokens(id, now)
  }

  setArchiveMark(id: number, mark: ArchiveMark): void {
    this.#sql.exec(
      'UPDATE devices SET archived_upto = ?, archive_attempted_upto = ?, archive_cleared_upto = ? WHERE id = ?',
      mark.archivedUpto,
      mark.attemptedUpto,
      mark.clearedUpto,
      id,
    )
    this.#loadDevices()
  }

  #loadDevices(): void {
    this.#devices.clear()
    const rows = this.#sql.exec<{
      id: number
      token_epoch: number
      archived_upto: number
      archive_attempted_upto: number
      archive_cleared_upto: number
    }>('SELECT id, token_epoch, archived_upto, archive_attempted_upto, archive_cleared_upto FROM devices')
    for (const row of rows) {
      const archive = {
        archivedUpto: row.archived_upto,
        attemptedUpto: row.archive_attempted_upto,
        clearedUpto: row.archive_cleared_upto,
      }
      this.#devices.set(row.id, { tokenEpoch: row.token_epoch, archive })
    }
  }
}

function load(sql: Sql): { incarnation: string; signed: SignedDeviceList; list: DeviceList; highestDevice: number } {
  const row = sql.exec<AccountRow>(
    'SELECT incarnation, list_bytes, list_signature, highest_device FROM account WHERE id = 1',
  )[0]
  if (!row) throw new Error('The object has a schema and no account.')
  const signed = { bytes: row.list_bytes, signature: row.list_signature }
  const list = parseDeviceList(signed)
  if (!list) throw new Error('The stored device list does not parse.')
  return { incarnation: row.incarnation, signed, list, highestDevice: row.highest_device }
}

function addDevice(sql: Sql, id: number, now: number): void {
  sql.exec('INSERT INTO devices (id, token_epoch) VALUES (?, ?)', id, Math.floor(now / 1_000))
}
