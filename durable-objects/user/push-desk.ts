/**
 * Which of the account's devices are to be woken, where, and when: those for which an urgent envelope, or a group's urgent entry, was not acknowledged within a
 * moment. Rules only; the caller opens transactions. What is sent, and how, is `workers/push`.
 */

import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { PushTarget } from '#protocol/push.ts'
import type { Sql } from '../sql.ts'

/** First and longest pause after the queue took nothing. */
const RETRY_AFTER_MS = 5_000

export interface KeptTarget {
  /** Of this registration: what is known of an older one says nothing of it. */
  readonly id: string
  readonly target: PushTarget
}

interface TargetRow extends Record<string, string | number | null> {
  device: number
  id: string
  target: string
  expires_at: number | null
  due_at: number | null
  pushed_at: number
}

export class PushDesk {
  readonly #sql: Sql
  readonly #firstUrgent: (device: number) => number | undefined
  /** Devices with a target, and whether one is due: so that a message costs no query. `undefined`: not read yet. */
  #isWaiting: Map<number, boolean> | undefined

  /** @param firstUrgent since when something urgent waits for a device */
  constructor(sql: Sql, firstUrgent: (device: number) => number | undefined) {
    this.#sql = sql
    this.#firstUrgent = firstUrgent
  }

  forget(): void {
    this.#isWaiting = undefined
  }

  /** Puts a device's target in place of the one before. The same one again changes nothing. */
  set(device: number, target: PushTarget): void {
    const text = JSON.stringify(target)
    if (this.#row(device)?.target === text) return
    const expiresAt = target.kind === 'web' ? (target.expiresAt ?? null) : null
    this.#sql.exec(
      'INSERT OR REPLACE INTO push_targets (device, id, target, expires_at, due_at, pushed_at) VALUES (?, ?, ?, ?, NULL, ?)',
      device,
      toBase64url(randomBytes(12)),
      text,
      expiresAt,
      -RELAY_LIMITS.pushEvery,
    )
    this.forget()
  }

  remove(device: number): void {
    this.#sql.exec('DELETE FROM push_targets WHERE device = ?', device)
    this.forget()
  }

  /** A target is dead: it goes, unless the device has registered another since. */
  drop(device: number, id: string): void {
    this.#sql.exec('DELETE FROM push_targets WHERE device = ? AND id = ?', device, id)
    this.forget()
  }

  /** Whether a device can be woken. */
  has(device: number): boolean {
    return this.#waiting().has(device)
  }

  /** An urgent envelope for a device was stored, or news of a group's urgent entry. Must run in its transaction. */
  wait(device: number, now: number): void {
    if (this.#waiting().get(device) !== false) return
    this.#sql.exec(
      'UPDATE push_targets SET due_at = max(?, pushed_at + ?) WHERE device = ?',
      now + RELAY_LIMITS.pushAfter,
      RELAY_LIMITS.pushEvery,
      device,
    )
    this.#waiting().set(device, true)
  }

  /** When {@link dueBy} may have something; `undefined` when never. */
  get due(): number | undefined {
    if (![...this.#waiting().values()].includes(true)) return undefined
    return this.#sql.exec<{ at: number | null }>('SELECT min(due_at) AS at FROM push_targets')[0]?.at ?? undefined
  }

  /** Devices that are to be woken now. Puts off, or forgets, what need not be any more. Must run in a transaction. */
  dueBy(now: number): number[] {
    const devices: number[] = []
    for (const row of this.#sql.exec<TargetRow>('SELECT * FROM push_targets WHERE due_at <= ?', now)) {
      const { device } = row
      const at = this.#firstUrgent(device)
      if (row.expires_at !== null && row.expires_at <= now) this.remove(device)
      else if (at === undefined) this.#setDue(device, null)
      else if (at + RELAY_LIMITS.pushAfter > now) this.#setDue(device, at + RELAY_LIMITS.pushAfter)
      else devices.push(device)
    }
    return devices
  }

  /** Those were handed over. */
  pushed(devices: readonly number[], now: number): void {
    for (const device of devices) {
      this.#sql.exec('UPDATE push_targets SET due_at = NULL, pushed_at = ? WHERE device = ?', now, device)
      this.#waiting().set(device, false)
    }
  }

  /** They could not be. */
  putOff(devices: readonly number[], now: number): void {
    for (const device of devices) this.#setDue(device, now + RETRY_AFTER_MS)
  }

  /** Where a device is to be woken; `undefined` when it need not be any more. */
  targetOf(device: number, now: number): KeptTarget | undefined {
    const row = this.#row(device)
    if (row === undefined || (row.expires_at !== null && row.expires_at <= now)) return undefined
    if (this.#firstUrgent(device) === undefined) return undefined
    return { id: row.id, target: JSON.parse(row.target) as PushTarget }
  }

  #setDue(device: number, at: number | null): void {
    this.#sql.exec('UPDATE push_targets SET due_at = ? WHERE device = ?', at, device)
    this.#waiting().set(device, at !== null)
  }

  #row(device: number): TargetRow | undefined {
    return this.#sql.exec<TargetRow>('SELECT * FROM push_targets WHERE device = ?', device)[0]
  }

  #waiting(): Map<number, boolean> {
    this.#isWaiting ??= new Map(
      this.#sql
        .exec<{ device: number; due_at: number | null }>('SELECT device, due_at FROM push_targets')
        .map((row) => [row.device, row.due_at !== null]),
    )
    return this.#isWaiting
  }
}
