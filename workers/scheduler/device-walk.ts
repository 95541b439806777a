/** Walks through the accounts, and has each look after its devices: once a week at most, a few accounts in each step. */

import * as v from 'valibot'
import type { Database } from '#db/client.ts'
import { activeAccountsAfter } from '#db/queries/accounts.ts'
import { errorFields, log } from '#durable-objects/log.ts'
import type { Upkeep } from '#durable-objects/user/device-upkeep.ts'
import type { Step, TaskBucket } from './tasks.ts'

/** Accounts of one step: a call each, of the thousand that one invocation may make for all steps of all tasks (Workers limits). */
export const STEP_ACCOUNTS = 15
/** Where the walk stands. Lost, it begins anew; two walks at once look at some accounts twice. */
export const DEVICE_WALK_PLACE = 'scheduler/device-walk'
/** From the beginning of one round to that of the next: what is looked for is kept by the week. */
const ROUND_MS = 7 * 24 * 60 * 60_000

/** `after`: the last account that was looked at; empty when the round is done. */
const Place = v.object({ after: v.string(), begunAt: v.number() })
type Place = v.InferOutput<typeof Place>

export interface WalkParts {
  readonly database: Database
  readonly bucket: TaskBucket
  /** Has one account's object look after its devices. */
  readonly lookAfterDevices: (account: string) => Promise<Upkeep>
  /** Somebody asked for it: a round begins, however short ago the one before did. */
  readonly isByHand: boolean
}

/** One step. Accounts whose object does not answer are looked at in the next round. */
export async function walkDevices(
  { database, bucket, lookAfterDevices, isByHand }: WalkParts,
  now: number,
  limit: number = STEP_ACCOUNTS,
): Promise<Step> {
  const place = await readPlace(bucket)
  const isResting = place !== undefined && place.after === ''
  if (isResting && !isByHand && now - place.begunAt < ROUND_MS) return { done: 0, isMore: false }
  const { after, begunAt } = place === undefined || isResting ? { after: '', begunAt: now } : place
  const accounts = await activeAccountsAfter(database, after, limit)
  const looked = await Promise.allSettled(accounts.map((account) => lookAfterDevices(account)))
  const found = looked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = looked.find((one) => one.status === 'rejected')
  if (failed)
    log('warn', 'devices.notLookedAfter', { ...errorFields(failed.reason), count: looked.length - found.length })
  const sum = (what: keyof Upkeep) => found.reduce((total, one) => total + one[what], 0)
  if (found.length > 0) {
    log('info', 'devices.lookedAfter', { count: found.length, idle: sum('idle'), reminded: sum('reminded') })
  }
  const isMore = accounts.length === limit
  const next: Place = { after: isMore ? (accounts.at(-1) ?? '') : '', begunAt }
  await bucket.put(DEVICE_WALK_PLACE, JSON.stringify(next))
  return { done: found.length, isMore }
}

async function readPlace(bucket: TaskBucket): Promise<Place | undefined> {
  const text = await (await bucket.get(DEVICE_WALK_PLACE))?.text()
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Place), text)
  return parsed.success ? parsed.output : undefined
}
