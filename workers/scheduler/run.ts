/** Runs the scheduled tasks of a deployment: by Cron Trigger, or by whoever operates it. */

import { openDatabase } from '#db/client.ts'
import { countIn } from '#durable-objects/metrics/stub.ts'
import type { Sample } from '#durable-objects/metrics/table.ts'
import { relayOf } from '#durable-objects/user/stub.ts'
import type { Env } from '../env.ts'
import { type TaskBucket, type TaskName, TASK_NAMES, type TaskRun, runTasks } from './tasks.ts'

function bucketOf({ MEDIA }: Env): TaskBucket {
  return {
    delete: (keys) => MEDIA.delete(keys),
    // One that was ended before is no upload any more: R2 says so by an error, which is none here.
    abort: (key, uploadId) =>
      MEDIA.resumeMultipartUpload(key, uploadId)
        .abort()
        .catch(() => undefined),
    list: (options) => MEDIA.list(options),
    get: (key) => MEDIA.get(key),
    put: (key, value) => MEDIA.put(key, value),
  }
}

/** @param names by hand; all of them when the clock says so */
export async function runScheduled(env: Env, names?: readonly TaskName[]): Promise<TaskRun[]> {
  const database = openDatabase({ url: env.DATABASE_URL, fetchEndpoint: env.DATABASE_HTTP_ENDPOINT })
  const lookAfterDevices = (account: string) =>
    relayOf(env.USER_RELAY, account).lookAfterDevices({ account, correlationId: crypto.randomUUID() })
  const parts = {
    database,
    bucket: bucketOf(env),
    auditSigningKey: env.AUDIT_SIGNING_KEY,
    lookAfterDevices,
    isByHand: names !== undefined,
  }
  const runs = await runTasks(names ?? TASK_NAMES, parts, () => Date.now())
  await countIn(env.METRICS, runs.flatMap(samplesOf))
  return runs
}

function samplesOf({ task: label, done, isMore, failed, ms }: TaskRun): Sample[] {
  return [
    { name: 'scheduled_runs_total', label, value: 1 },
    { name: 'scheduled_failures_total', label, value: failed ? 1 : 0 },
    { name: 'scheduled_unfinished_total', label, value: isMore && !failed ? 1 : 0 },
    { name: 'scheduled_done_total', label, value: done },
    { name: 'scheduled_seconds_total', label, value: ms / 1_000 },
    { name: 'scheduled_last_run_timestamp_seconds', label, value: Math.floor(Date.now() / 1_000) },
  ]
}
