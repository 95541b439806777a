/**
 * Versions of the account's device list that wait to be logged. A row is written in the transaction that puts the list in force, so that
 * no version is forgotten, however long the log is down.
 */

import type { Sql } from '../sql.ts'

/** First and longest pause after the log did not take a version. */
const RETRY_MIN_MS = 2_000
const RETRY_MAX_MS = 10 * 60_000
/** Versions that may wait. An account whose log is down that long keeps its list until the log is back. */
const MAX_WAITING = 64

export interface WaitingList {
  readonly version: number
  /** The list's signed octets, in base64url. */
  readonly bytes: string
}

interface StateRow extends Record<string, string | number | null> {
  log: string
  account_index: string | null
  logged_version: number
  failures: number
  due_at: number
}

export class KeyLogOutbox {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Notes a version that has come into force. Within the caller's transaction. Harmless to repeat. */
  note(version: number, bytes: string): void {
    // Of an account that was never logged the first leaf may have any version: only the newest has to be known.
    if (this.#state().logged_version === 0 && this.isFull) this.#sql.exec('DELETE FROM key_log_outbox')
    this.#sql.exec('INSERT OR IGNORE INTO key_log_outbox (version, bytes) VALUES (?, ?)', version, bytes)
  }

  /** Whether no further version may be put in force before one of them is logged. */
  get isFull(): boolean {
    const [row] = this.#sql.exec<{ count: number }>('SELECT count(*) AS count FROM key_log_outbox')
    return (row?.count ?? 0) >= MAX_WAITING
  }

  /** Whether {@link isFull} keeps the next version out: not before the first was logged. */
  get refusesMore(): boolean {
    return this.isFull && this.#state().logged_version > 0
  }

  /** The oldest version that waits. */
  get next(): WaitingList | undefined {
    return this.#sql.exec<{ version: number; bytes: string }>(
      'SELECT version, bytes FROM key_log_outbox ORDER BY version LIMIT 1',
    )[0]
  }

  /** The newest version that `log`, by its verifier key, has; 0 for none. */
  loggedVersion(log: string): number {
    const state = this.#state()
    return state.log === log ? state.logged_version : 0
  }

  /** When to try again; `undefined` while nothing waits. */
  get due(): number | undefined {
    return this.next === undefined ? undefined : this.#state().due_at
  }

  /** The account's index in `log`, which takes milliseconds to compute; `undefined` where it was not noted yet. */
  index(log: string): string | undefined {
    const state = this.#state()
    return state.log === log ? (state.account_index ?? undefined) : undefined
  }

  /** `log` has the version, at the account's index. */
  logged(log: string, version: number, index: string): void {
    this.#sql.transaction(() => {
      this.#sql.exec('DELETE FROM key_log_outbox WHERE version <= ?', version)
      this.#sql.exec(
        'INSERT OR REPLACE INTO key_log (id, log, logged_version, failures, due_at, account_index) VALUES (1, ?, ?, 0, 0, ?)',
        log,
        version,
        index,
      )
    })
  }

  /** The log has not taken what waits: pauses, unless that was noted already, and longer each time. */
  postpone(now: number): void {
    if ((this.due ?? Infinity) > now) return
    const { log, logged_version: version, failures, account_index: index } = this.#state()
    this.#sql.exec(
      'INSERT OR REPLACE INTO key_log (id, log, logged_version, failures, due_at, account_index) VALUES (1, ?, ?, ?, ?, ?)',
      log,
      version,
      failures + 1,
      now + Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** failures),
      index,
    )
  }

  #state(): StateRow {
    const [row] = this.#sql.exec<StateRow>('SELECT * FROM key_log WHERE id = 1')
    return row ?? { log: '', logged_version: 0, failures: 0, due_at: 0, account_index: null }
  }
}
