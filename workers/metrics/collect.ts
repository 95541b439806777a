/** What there is to tell of a deployment: what was counted, and what can be asked for now. */

import { countArchived } from '#db/queries/envelopes.ts'
import { ping } from '#db/queries/health.ts'
import { keyLogFolder } from '#durable-objects/key-log/keys.ts'
import { CHECKPOINT_PATH } from '#durable-objects/key-log/publish.ts'
import { errorFields, log } from '#durable-objects/log.ts'
import { metricsOf } from '#durable-objects/metrics/stub.ts'
import { METRICS, type MetricKind, type MetricName, type Sample } from '#durable-objects/metrics/table.ts'
import type { RequestContext } from '../http/context.ts'
import type { Family } from './render.ts'

/** Copies are counted so far: whoever has more has to look at the database itself. */
const MOST_COPIES = 100_000

/** Each part that does not answer is left out, so that the others are told: its absence is what alerts look for. */
export async function collect(context: RequestContext): Promise<Family[]> {
  const parts = await Promise.all(
    Object.entries({ counted, database, keyLog }).map(async ([part, ask]) => {
      try {
        return await ask(context)
      } catch (error) {
        log('warn', 'metrics.partMissing', { correlationId: context.correlationId, task: part, ...errorFields(error) })
        return []
      }
    }),
  )
  return parts.flat()
}

async function counted({ env }: RequestContext): Promise<Family[]> {
  const samples = await metricsOf(env.METRICS).all()
  return Object.entries(METRICS).map(([name, kind]) => familyOf(name as MetricName, kind, samples))
}

function familyOf(name: MetricName, { type, help, label }: MetricKind, samples: readonly Sample[]): Family {
  return {
    name,
    type: type === 'counter' ? 'counter' : 'gauge',
    help,
    samples: samples
      .filter((sample) => sample.name === name)
      .map(({ label: value, value: amount }) =>
        label === undefined || value === undefined ? { value: amount } : { labels: { [label]: value }, value: amount },
      ),
  }
}

async function database({ database: db }: RequestContext): Promise<Family[]> {
  const isUp = await ping(db).then(
    () => true,
    () => false,
  )
  const up = gauge('database_up', 'Whether the database answers.', isUp ? 1 : 0)
  if (!isUp) return [up]
  const copies = await countArchived(db, MOST_COPIES)
  return [
    up,
    gauge(
      'archived_envelopes',
      `Copies of envelopes that wait in the database; ${MOST_COPIES} are many or more.`,
      copies,
    ),
  ]
}

/** Of the checkpoint that is published: what anybody can see, with its age. */
async function keyLog({ env, keyLog: keys, now }: RequestContext): Promise<Family[]> {
  if (keys === undefined) return []
  const checkpoint = await env.MEDIA.get(`${keyLogFolder(keys)}${CHECKPOINT_PATH}`)
  if (checkpoint === null) return []
  // C2SP tlog-checkpoint: origin, size and root hash, a line each.
  const size = Number((await checkpoint.text()).split('\n')[1])
  const age = Math.max(0, now - checkpoint.uploaded.getTime()) / 1_000
  return [
    gauge('key_log_size', 'Leaves of the key log under its checkpoint.', size),
    gauge(
      'key_log_checkpoint_age_seconds',
      'Since when the log has its checkpoint. It grows while nothing is to be logged.',
      age,
    ),
  ]
}

const gauge = (name: string, help: string, value: number): Family => ({
  name,
  type: 'gauge',
  help,
  samples: [{ value }],
})
