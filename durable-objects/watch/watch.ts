/** A Durable Object that watches: connects the rules to workerd's storage, alarm, database and network. */

import { DurableObject } from 'cloudflare:workers'
import { openDatabase } from '#db/client.ts'
import type { ObjectEnv } from '../env.ts'
import { errorFields, log } from '../log.ts'
import { migrate } from '../migrations.ts'
import { sqlOf } from '../sql-storage.ts'
import { AlarmClock } from '../user/alarm-clock.ts'
import { alertChannels } from './channels.ts'
import type { Level, Verdict } from './judge.ts'
import type { LiftCall, NoteCall, WatchCalls } from './rpc.ts'
import { MIGRATIONS } from './schema.ts'
import { sendAlerts } from './send-alerts.ts'
import { SWEEP_EVERY_MS, Watching } from './watching.ts'

export class Watch extends DurableObject<ObjectEnv> implements WatchCalls {
  readonly #watching: Watching
  readonly #clock = new AlarmClock(this.ctx.storage)
  readonly #channels = alertChannels(this.env)

  constructor(ctx: DurableObjectState, env: ObjectEnv) {
    super(ctx, env)
    const sql = sqlOf(ctx.storage)
    migrate(sql, MIGRATIONS)
    this.#watching = new Watching(sql)
    void ctx.blockConcurrencyWhile(() => this.#clock.load())
  }

  async note({ subject, signal, count, correlationId }: NoteCall): Promise<Verdict> {
    const now = Date.now()
    const noted = this.#watching.note({ subject, signal, count }, this.#channels.keys(), { correlationId, now })
    if (noted.action !== undefined) {
      const { to, because } = noted.action
      log('warn', 'watch.restricted', { correlationId, restriction: to, signals: because.join(' ') })
    }
    this.#clock.ringBy(noted.action === undefined ? now + SWEEP_EVERY_MS : now)
    return noted.verdict
  }

  async lift({ subject, correlationId }: LiftCall): Promise<Level> {
    const now = Date.now()
    const lifted = this.#watching.lift(subject, { correlationId, now })
    if (lifted === undefined) return 'clear'
    log('info', 'watch.lifted', { correlationId, restriction: lifted })
    this.#clock.ringBy(now)
    return lifted
  }

  async verdict(subject: string): Promise<Verdict> {
    return this.#watching.verdict(subject, Date.now())
  }

  override async alarm(): Promise<void> {
    this.#clock.rang()
    this.#watching.sweep(Date.now())
    await Promise.all([this.#writeAudit(), sendAlerts(this.#watching.alerts, this.#channels, () => Date.now())])
    const { alerts, auditDue, hasSubjects } = this.#watching
    const dues = [alerts.due, auditDue, hasSubjects ? Date.now() + SWEEP_EVERY_MS : undefined]
    const due = Math.min(...dues.map((at) => at ?? Infinity))
    if (due !== Infinity) this.#clock.ringBy(Math.max(due, Date.now()))
  }

  async #writeAudit(): Promise<void> {
    const now = Date.now()
    const { audit, auditDue } = this.#watching
    const waiting = audit.waiting()
    const last = waiting.at(-1)
    if (last === undefined || auditDue === undefined || auditDue > now) return
    try {
      const database = openDatabase({ url: this.env.DATABASE_URL, fetchEndpoint: this.env.DATABASE_HTTP_ENDPOINT })
      const { appendAudit, sealWhenDue } = await import('./audit.ts')
      const entries = waiting.map(({ entry }) => entry)
      await appendAudit(database, entries)
      audit.taken(last.seq, now)
      this.#watching.audited()
      await sealWhenDue(database, this.env.AUDIT_SIGNING_KEY, now)
    } catch (error) {
      this.#watching.auditFailed(now, Math.random())
      log('warn', 'watch.auditFailed', errorFields(error))
    }
  }
}
