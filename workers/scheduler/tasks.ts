/**
 * What the database and R2 need from time to time, besides what each object does by its own alarm. Every task may be run at any time, by several at once, and ended
 * anywhere: a step does a bounded piece, and what is left the next one finds. `npm run tasks` runs them by hand.
 */

import type { Database } from '#db/client.ts'
import { headLine } from '#db/audit/heads.ts'
import { sealAudit } from '#db/audit/seal.ts'
import { deleteExpired } from '#db/queries/envelopes.ts'
import { knownMedia } from '#db/queries/media.ts'
import { forgetHeldUsernames } from '#db/queries/usernames.ts'
import { errorFields, log } from '#durable-objects/log.ts'
import { fromBase64url } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'
import { MEDIA_FOLDER } from '../media/s3.ts'
import { type WalkParts, walkDevices } from './device-walk.ts'
import { type SweptBucket, sweepMedia } from './media-sweep.ts'

/** Rows of one step. */
const STEP_ROWS = 500
/** Objects of one page of R2's list. */
const STEP_OBJECTS = 500
/** Where the walk through R2 stands. Lost, it begins anew; two walks at once look at some things twice. */
export const WALK_PLACE = 'scheduler/media-walk'
/** What nobody knows is left this long: its row may not have been written yet. */
const ORPHAN_AFTER_MS = LIMITS.mediaUploadTtl

/** The storage, as far as tasks use it. */
export interface TaskBucket extends SweptBucket {
  list(options: { prefix: string; limit: number; cursor?: string }): Promise<R2Objects>
  get(key: string): Promise<{ text(): Promise<string> } | null>
  put(key: string, value: string): Promise<unknown>
}

export interface TaskParts extends WalkParts {
  readonly database: Database
  readonly bucket: TaskBucket
  /** Ed25519 seed in base64url. */
  readonly auditSigningKey: string
}

/** What a step did, and whether there may be more to do at once. */
export interface Step {
  readonly done: number
  readonly isMore: boolean
}

/** A step of a task. `now`: milliseconds since the epoch. */
type Task = (parts: TaskParts, now: number) => Promise<Step>

/** Media whose time is over, uploads that nobody completed, tokens that count no more. */
const media: Task = async (parts, now) => {
  const { ended, tokens, isMore } = await sweepMedia(parts, now)
  return { done: ended + tokens, isMore }
}

/** Objects in R2 that the database does not know: what was left of a crash between the two. One page at a time, all the way round. */
const orphans: Task = async ({ database, bucket }, now) => {
  const place = (await (await bucket.get(WALK_PLACE))?.text()) ?? ''
  const options = { prefix: MEDIA_FOLDER, limit: STEP_OBJECTS, ...(place !== '' && { cursor: place }) }
  const page = await bucket.list(options).catch(async (error: unknown) => {
    // A place that R2 does not know any more: from the beginning, next time.
    await bucket.put(WALK_PLACE, '')
    throw error
  })
  const old = page.objects.filter(({ uploaded }) => uploaded.getTime() < now - ORPHAN_AFTER_MS)
  const named = old.map(({ key }) => ({ key, name: nameOf(key) }))
  const known = await knownMedia(
    database,
    named.flatMap(({ name }) => (name === undefined ? [] : [name])),
  )
  const lost = named.filter(({ key }) => !known.has(key.slice(MEDIA_FOLDER.length))).map(({ key }) => key)
  if (lost.length > 0) await bucket.delete(lost)
  await bucket.put(WALK_PLACE, page.truncated ? page.cursor : '')
  return { done: lost.length, isMore: page.truncated }
}

function nameOf(key: string): Uint8Array | undefined {
  try {
    return fromBase64url(key.slice(MEDIA_FOLDER.length))
  } catch {
    return undefined
  }
}

/** Copies of envelopes whose time is over, of accounts whose object has nothing to do any more. */
const envelopes: Task = async ({ database }, now) => {
  const done = await deleteExpired(database, now, STEP_ROWS)
  return { done, isMore: done === STEP_ROWS }
}

/** Names that are held back no longer. */
const usernames: Task = async ({ database }, now) => {
  const done = await forgetHeldUsernames(database, now, STEP_ROWS)
  return { done, isMore: done === STEP_ROWS }
}

/** The audit log's heads of days that are over. */
const auditHeads: Task = async ({ database, auditSigningKey }) => {
  const heads = await sealAudit(database, fromBase64url(auditSigningKey))
  for (const head of heads) log('info', 'audit.head', { head: headLine(head) })
  return { done: heads.length, isMore: false }
}

/** Devices whose keys are old, and devices that are not in use: each account's object looks after its own. */
const devices: Task = (parts, now) => walkDevices(parts, now)

export const TASKS = { media, orphans, envelopes, usernames, auditHeads, devices } as const satisfies Record<
  string,
  Task
>
export type TaskName = keyof typeof TASKS
export const TASK_NAMES = Object.keys(TASKS) as TaskName[]

/** Steps of one task in one run, and how long a run begins new ones: the platform ends it after some minutes. */
const STEPS_MAX = 40
const RUN_MS = 60_000

/** What a run of a task came to. `failed`: its last step did; what the steps before did stays done. */
export interface TaskRun {
  readonly task: TaskName
  readonly done: number
  readonly steps: number
  /** The run ended before the task did: the next one goes on. */
  readonly isMore: boolean
  readonly failed: boolean
  /** How long it took. */
  readonly ms: number
}

/** Runs tasks, one after the other; one that fails keeps none of the others. Each is a line of the log: its metric. */
export async function runTasks(
  names: readonly TaskName[],
  parts: TaskParts,
  clock: () => number,
  stepsMax: number = STEPS_MAX,
): Promise<TaskRun[]> {
  const endsAt = clock() + RUN_MS
  const runs: TaskRun[] = []
  for (const task of names) {
    const startedAt = clock()
    const outcome = await runTask(task, parts, clock, { endsAt, stepsMax })
    const run = Object.assign(outcome, { ms: clock() - startedAt })
    log(run.failed ? 'warn' : 'info', 'schedule.task', {
      task,
      count: run.done,
      steps: run.steps,
      ms: run.ms,
      ...(run.isMore && { isMore: true }),
    })
    runs.push(run)
  }
  return runs
}

async function runTask(
  task: TaskName,
  parts: TaskParts,
  clock: () => number,
  { endsAt, stepsMax }: { readonly endsAt: number; readonly stepsMax: number },
): Promise<Omit<TaskRun, 'ms'>> {
  let [done, steps, isMore] = [0, 0, true]
  try {
    while (isMore && steps < stepsMax && clock() < endsAt) {
      const step = await TASKS[task](parts, clock())
      done += step.done
      steps += 1
      isMore = step.isMore
    }
    return { task, done, steps, isMore, failed: false }
  } catch (error) {
    log('warn', 'schedule.failed', { task, ...errorFields(error) })
    return { task, done, steps, isMore: true, failed: true }
  }
}
