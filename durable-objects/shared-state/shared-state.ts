/** The embedded home of shared state: a few of these objects, each with a share of the keys. */

import { DurableObject } from 'cloudflare:workers'
import type { ObjectEnv } from '../env.ts'
import { migrate } from '../migrations.ts'
import { sqlOf } from '../sql-storage.ts'
import type { Rate, Taken } from '../rates/bucket.ts'
import type { SharedStateStore } from './contract.ts'
import { MIGRATIONS, SharedStateRules } from './rules.ts'

/** Sweeping more often than this would cost more than the rows do. */
const SWEEP_EVERY = 60_000

export class SharedState extends DurableObject<ObjectEnv> implements SharedStateStore {
  readonly #rules: SharedStateRules
  #sweepAt: number | null = null

  constructor(ctx: DurableObjectState, env: ObjectEnv) {
    super(ctx, env)
    const sql = sqlOf(ctx.storage)
    migrate(sql, MIGRATIONS)
    this.#rules = new SharedStateRules(sql)
    void ctx.blockConcurrencyWhile(async () => {
      this.#sweepAt = await ctx.storage.getAlarm()
    })
  }

  async claim(key: string, ttlMs: number, now: number, holder?: string): Promise<boolean> {
    await this.#sweepLater(now)
    return this.#rules.claim(key, ttlMs, now, holder)
  }

  async take(key: string, rate: Rate, now: number, cost?: number): Promise<Taken> {
    await this.#sweepLater(now)
    return this.#rules.take(key, rate, now, cost)
  }

  override async alarm(): Promise<void> {
    const now = Date.now()
    const next = this.#rules.sweep(now)
    this.#sweepAt = next === undefined ? null : Math.max(next, now + SWEEP_EVERY)
    if (this.#sweepAt !== null) await this.ctx.storage.setAlarm(this.#sweepAt)
  }

  async #sweepLater(now: number): Promise<void> {
    if (this.#sweepAt !== null) return
    this.#sweepAt = now + SWEEP_EVERY
    await this.ctx.storage.setAlarm(this.#sweepAt)
  }
}
