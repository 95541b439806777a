/** Alerts on their way: kept until they were taken, with growing pauses, and never more than a few. Rules only. */

import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { takeFrom } from '../rates/bucket.ts'
import type { Sql } from '../sql.ts'
import type { Alert, ChannelName } from './channels.ts'
import type { Action } from './judge.ts'

/** Alerts that one object makes: people read them. What comes on top is counted, and the next one says how many. */
const ALERTS = { burst: 6, everyMs: 10 * 60_000 }
/** Rows that wait at most: three places that cannot be reached for an hour. */
const WAITING_MAX = 60
/** First and longest pause after an attempt that failed, and how many there are: about three hours in all. */
const PAUSE_MIN_MS = 2_000
const PAUSE_MAX_MS = 30 * 60_000
const ATTEMPTS_MAX = 15

interface AlertRow extends Record<string, string | number | null> {
  seq: number
  channel: string
  body: string
  attempts: number
}

export interface WaitingAlert {
  readonly seq: number
  readonly channel: ChannelName
  readonly alert: Alert
  readonly attempts: number
}

export class AlertOutbox {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Queues an alert for each of the channels; to be called in the transaction of what it tells. */
  add(subject: string, { to, because, minutes, blocks }: Action, channels: Iterable<ChannelName>, now: number): void {
    const names = [...channels]
    if (names.length === 0) return
    const row = this.#sql.exec<{ full_at: number; omitted: number; waiting: number }>(
      'SELECT alerts_full_at AS full_at, alerts_omitted AS omitted, (SELECT count(*) FROM alerts) AS waiting FROM watch',
    )[0]
    const taken = takeFrom(row?.full_at, ALERTS, now)
    if (!taken.allowed || (row?.waiting ?? 0) + names.length > WAITING_MAX) return this.#omit()
    this.#sql.exec('UPDATE watch SET alerts_full_at = ?, alerts_omitted = 0', taken.fullAt)
    const id = `alert_${toBase64url(randomBytes(16))}`
    const alert: Alert = { id, at: now, subject, to, because, minutes, blocks, omitted: row?.omitted ?? 0 }
    for (const channel of names) {
      this.#sql.exec(
        'INSERT INTO alerts (id, channel, body, attempts, due_at) VALUES (?, ?, ?, 0, ?)',
        id,
        channel,
        JSON.stringify(alert),
        now,
      )
    }
  }

  /** When the next attempt is due; `undefined` when nothing waits. */
  get due(): number | undefined {
    const at = this.#sql.exec<{ at: number | null }>('SELECT min(due_at) AS at FROM alerts')[0]?.at
    return typeof at === 'number' ? at : undefined
  }

  /** What is to be tried now. */
  dueBy(now: number): WaitingAlert[] {
    return this.#sql
      .exec<AlertRow>('SELECT seq, channel, body, attempts FROM alerts WHERE due_at <= ? ORDER BY seq', now)
      .map(({ seq, channel, body, attempts }) => ({
        seq,
        channel: channel as ChannelName,
        alert: JSON.parse(body) as Alert,
        attempts,
      }))
  }

  taken({ seq }: WaitingAlert): void {
    this.#sql.exec('DELETE FROM alerts WHERE seq = ?', seq)
  }

  /** It will not be taken. */
  giveUp({ seq }: WaitingAlert): void {
    this.#sql.transaction(() => {
      this.#sql.exec('DELETE FROM alerts WHERE seq = ?', seq)
      this.#omit()
    })
  }

  /**
   * It was not taken: tried again later, by growing pauses with jitter (`random` in [0, 1)), at least `afterMs` from now, as
   * the other side asked. Answers `false` when it was the last attempt.
   */
  failed({ seq, attempts }: WaitingAlert, now: number, random: number, afterMs = 0): boolean {
    if (attempts + 1 >= ATTEMPTS_MAX) return false
    const ceiling = Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** attempts)
    const pause = Math.max(ceiling * (0.5 + random / 2), Math.min(afterMs, PAUSE_MAX_MS))
    this.#sql.exec('UPDATE alerts SET attempts = attempts + 1, due_at = ? WHERE seq = ?', Math.round(now + pause), seq)
    return true
  }

  #omit(): void {
    this.#sql.exec('UPDATE watch SET alerts_omitted = alerts_omitted + 1')
  }
}
