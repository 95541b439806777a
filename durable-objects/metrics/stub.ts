import { errorFields, log } from '../log.ts'
import type { Metrics, MetricsCalls } from './metrics.ts'
import type { Sample } from './table.ts'

/** The object that counts, to call. */
export function metricsOf(namespace: DurableObjectNamespace<Metrics>): MetricsCalls {
  return namespace.get(namespace.idFromName('metrics'))
}

/** Counts, and never rejects: what is counted has happened, and a count that is lost is a line of the log all the same. */
export async function countIn(namespace: DurableObjectNamespace<Metrics>, samples: readonly Sample[]): Promise<void> {
  const counted = samples.filter(({ value }) => value > 0)
  if (counted.length === 0) return
  try {
    await metricsOf(namespace).count(counted)
  } catch (error) {
    log('debug', 'metrics.notCounted', errorFields(error))
  }
}
