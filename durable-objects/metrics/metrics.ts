/** The one object that counts what queues, the clock and drains do: none of it on the way of a message. */

import { DurableObject } from 'cloudflare:workers'
import type { ObjectEnv } from '../env.ts'
import { migrate } from '../migrations.ts'
import { sqlOf } from '../sql-storage.ts'
import { Counts, MIGRATIONS } from './counts.ts'
import type { Sample } from './table.ts'

export interface MetricsCalls {
  count(samples: readonly Sample[]): Promise<void>
  all(): Promise<Sample[]>
}

export class Metrics extends DurableObject<ObjectEnv> implements MetricsCalls {
  readonly #counts: Counts

  constructor(ctx: DurableObjectState, env: ObjectEnv) {
    super(ctx, env)
    const sql = sqlOf(ctx.storage)
    migrate(sql, MIGRATIONS)
    this.#counts = new Counts(sql)
  }

  async count(samples: readonly Sample[]): Promise<void> {
    this.#counts.count(samples, Date.now())
  }

  async all(): Promise<Sample[]> {
    return this.#counts.all(Date.now())
  }
}
