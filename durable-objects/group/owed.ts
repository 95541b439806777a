/** Accounts whose relay did not take a push in time. They hold nobody up: news is left there when they answer again. */

import type { Sql } from '../sql.ts'

/** First and longest pause before a relay is asked again. */
const MIN_RETRY_MS = 5_000
const MAX_RETRY_MS = 10 * 60_000

interface OwedRow extends Record<string, string | number | null> {
  account: string
  attempts: number
  due_at: number
  urgent: number
}

export class Owed {
  readonly #sql: Sql
  readonly #accounts = new Map<string, { attempts: number; dueAt: number; isUrgent: boolean }>()

  constructor(sql: Sql) {
    this.#sql = sql
    for (const { account, attempts, due_at, urgent } of sql.exec<OwedRow>('SELECT * FROM owed')) {
      this.#accounts.set(account, { attempts, dueAt: due_at, isUrgent: urgent === 1 })
    }
  }

  has(account: string): boolean {
    return this.#accounts.has(account)
  }

  /** Whether what the account is owed may wake its devices. */
  isUrgent(account: string): boolean {
    return this.#accounts.get(account)?.isUrgent ?? false
  }

  /** Something urgent came that all of them are owed. */
  urge(): void {
    const calm = [...this.#accounts.values()].filter(({ isUrgent }) => !isUrgent)
    if (calm.length === 0) return
    for (const one of calm) one.isUrgent = true
    this.#sql.exec('UPDATE owed SET urgent = 1')
  }

  /** Accounts to ask again by now. */
  dueBy(now: number): string[] {
    return [...this.#accounts].filter(([, { dueAt }]) => dueAt <= now).map(([account]) => account)
  }

  /** When the next account is to be asked; `undefined` while nobody is owed anything. */
  get nextDue(): number | undefined {
    const due = Math.min(...[...this.#accounts.values()].map(({ dueAt }) => dueAt))
    return due === Infinity ? undefined : due
  }

  /** Its relay failed: longer pauses each time. */
  failed(account: string, now: number, isUrgent: boolean): void {
    const known = this.#accounts.get(account)
    const attempts = (known?.attempts ?? 0) + 1
    const dueAt = now + Math.min(MAX_RETRY_MS, MIN_RETRY_MS * 2 ** (attempts - 1))
    const urgent = isUrgent || known?.isUrgent === true
    this.#accounts.set(account, { attempts, dueAt, isUrgent: urgent })
    this.#sql.exec(
      'INSERT OR REPLACE INTO owed (account, attempts, due_at, urgent) VALUES (?, ?, ?, ?)',
      account,
      attempts,
      dueAt,
      urgent ? 1 : 0,
    )
  }

  settled(account: string): void {
    if (this.#accounts.delete(account)) this.#sql.exec('DELETE FROM owed WHERE account = ?', account)
  }
}
