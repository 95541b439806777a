/** The rules of one of the objects that watch, put together: standings, and what is told of them. Synchronous; all take the time. */

import { type AuditOccasion } from '#db/audit/events.ts'
import { SIGNALS, type Signal } from '#db/audit/signals.ts'
import type { Sql } from '../sql.ts'
import { AuditOutbox } from '../user/audit-outbox.ts'
import { AlertOutbox } from './alert-outbox.ts'
import type { ChannelName } from './channels.ts'
import { type Action, type Level, type Standing, type Verdict, isForgettable, judge, standingAt } from './judge.ts'
import { whoseIs } from './subject.ts'

const LEVELS: readonly Level[] = ['clear', 'slowed', 'blocked']

/** Subjects that are remembered at most. Beyond it, those that were quiet for longest and are not held are forgotten. */
const SUBJECTS_MAX = 20_000
const FORGOTTEN_AT_ONCE = 2_000
export const SWEEP_EVERY_MS = 60 * 60_000
/** First and longest pause after the database failed. */
const AUDIT_PAUSE_MIN_MS = 1_000
const AUDIT_PAUSE_MAX_MS = 5 * 60_000

interface StandingRow extends Record<string, string | number | null> {
  score: number
  at: number
  because: number
  level: number
  until: number
  blocks: number
}

function standingOf({ score, at, because, level, until, blocks }: StandingRow): Standing {
  return {
    score,
    at,
    because: SIGNALS.filter((_, bit) => (because & (1 << bit)) !== 0),
    level: LEVELS[level] ?? 'clear',
    until,
    blocks,
  }
}

function bitsOf(because: readonly Signal[]): number {
  return because.reduce((bits, signal) => bits | (1 << SIGNALS.indexOf(signal)), 0)
}

export class Watching {
  readonly audit: AuditOutbox
  readonly alerts: AlertOutbox
  readonly #sql: Sql
  /** Counted once, then kept. */
  #subjects: number | undefined

  constructor(sql: Sql) {
    this.#sql = sql
    this.audit = new AuditOutbox(sql, 'site', 'watch')
    this.alerts = new AlertOutbox(sql)
  }

  /** What a subject may do. */
  verdict(subject: string, now: number): Verdict {
    const { level, until } = standingAt(this.#read(subject), now)
    return { level, until }
  }

  /** Counts signals. What is done about them is in the audit log's outbox, and in that of alerts, or is not done. */
  note(
    { subject, signal, count }: { readonly subject: string; readonly signal: Signal; readonly count: number },
    channels: Iterable<ChannelName>,
    { correlationId, now }: AuditOccasion,
  ): { readonly verdict: Verdict; readonly action?: Action } {
    const before = this.#read(subject)
    const { standing, action } = judge(before, { whose: whoseIs(subject), signal, count }, now)
    this.#sql.transaction(() => {
      this.#write(subject, standing)
      if (action === undefined) return
      const { to, because, minutes, blocks } = action
      const details = { to, because: [...because], minutes, blocks }
      this.audit.add({ type: 'restricted', actor: 'system', subject, details }, { correlationId, now })
      this.alerts.add(subject, action, channels, now)
    })
    if (before === undefined) this.#makeRoom()
    const { level, until } = standing
    return { verdict: { level, until }, ...(action && { action }) }
  }

  /**
   * Ends what was put upon a subject, before its time, and forgets everything against it. In the audit log's outbox, or not done. Answers what was
   * lifted; nothing, and no event, where there was nothing.
   */
  lift(subject: string, { correlationId, now }: AuditOccasion): Exclude<Level, 'clear'> | undefined {
    const { level, until } = standingAt(this.#read(subject), now)
    return this.#sql.transaction(() => {
      this.#sql.exec('DELETE FROM standings WHERE subject = ?', subject)
      this.#subjects = undefined
      if (level === 'clear') return undefined
      const details = { from: level, minutes: Math.max(1, Math.ceil((until - now) / 60_000)) }
      this.audit.add({ type: 'restrictionLifted', actor: 'operator', subject, details }, { correlationId, now })
      return level
    })
  }

  /** Forgets whoever has nothing against it any more. */
  sweep(now: number): void {
    const rows = this.#sql.exec<StandingRow & { subject: string }>('SELECT * FROM standings')
    this.#sql.transaction(() => {
      for (const row of rows) {
        if (isForgettable(standingOf(row), now)) this.#sql.exec('DELETE FROM standings WHERE subject = ?', row.subject)
      }
    })
    this.#subjects = undefined
  }

  /** Whether {@link sweep} will have something to do some time. */
  get hasSubjects(): boolean {
    return this.#sql.exec('SELECT subject FROM standings LIMIT 1').length > 0
  }

  /** When the audit log's events are to be written; `undefined` when there are none. */
  get auditDue(): number | undefined {
    if (this.audit.isEmpty) return undefined
    return this.#sql.exec<{ at: number }>('SELECT audit_due_at AS at FROM watch')[0]?.at ?? 0
  }

  /** The database took them. */
  audited(): void {
    this.#sql.exec('UPDATE watch SET audit_failures = 0, audit_due_at = 0')
  }

  /** It did not: later, after growing pauses with jitter (`random` in [0, 1)). */
  auditFailed(now: number, random: number): void {
    const failures = this.#sql.exec<{ count: number }>('SELECT audit_failures AS count FROM watch')[0]?.count ?? 0
    const ceiling = Math.min(AUDIT_PAUSE_MAX_MS, AUDIT_PAUSE_MIN_MS * 2 ** Math.min(failures, 16))
    const at = Math.round(now + ceiling * (0.5 + random / 2))
    this.#sql.exec('UPDATE watch SET audit_failures = ?, audit_due_at = ?', failures + 1, at)
  }

  #read(subject: string): Standing | undefined {
    const row = this.#sql.exec<StandingRow>('SELECT * FROM standings WHERE subject = ?', subject)[0]
    return row && standingOf(row)
  }

  #write(subject: string, { score, at, because, level, until, blocks }: Standing): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO standings (subject, score, at, because, level, until, blocks) VALUES (?, ?, ?, ?, ?, ?, ?)',
      subject,
      score,
      at,
      bitsOf(because),
      LEVELS.indexOf(level),
      until,
      blocks,
    )
  }

  /** Whoever has addresses without end makes as many subjects: they push out the quietest, and nobody who is held. */
  #makeRoom(): void {
    const counted = () => this.#sql.exec<{ count: number }>('SELECT count(*) AS count FROM standings')[0]?.count ?? 0
    this.#subjects = this.#subjects === undefined ? counted() : this.#subjects + 1
    if (this.#subjects <= SUBJECTS_MAX) return
    this.#sql.exec(
      'DELETE FROM standings WHERE subject IN (SELECT subject FROM standings WHERE level = 0 AND blocks = 0 ORDER BY at LIMIT ?)',
      FORGOTTEN_AT_ONCE,
    )
    this.#subjects = counted()
  }
}
