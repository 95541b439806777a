/** Calls to the relays of members, by a group and by the objects that share its fan-out. */

import { errorFields, log } from '../log.ts'
import type { UserRelayCalls } from '../user/rpc.ts'
import { inTime } from './in-time.ts'
import type { Load } from './lanes.ts'
import type { FanOutOutcome, FanOutTarget } from './rpc.ts'

/** A relay that takes longer is left news later. Long enough for one that has to be read from storage, or from Postgres. */
export const RELAY_TIMEOUT_MS = 3_000

/** Brings entries to one account's devices. Never rejects. */
export async function deliverTo(
  relay: UserRelayCalls,
  group: string,
  { account, devices }: FanOutTarget,
  { entries, isUrgent }: Load,
  correlationId: string,
): Promise<FanOutOutcome> {
  try {
    const call = relay.groupDeliver({ account, correlationId, group, devices, entries, isUrgent })
    const { away } = await inTime(call, RELAY_TIMEOUT_MS)
    return { account, away: [...away] }
  } catch (error) {
    log('warn', 'group.deliverFailed', { correlationId, ...errorFields(error) })
    return { account, failed: true }
  }
}

/** Passes a message outside the log to one account's devices. Lost where it fails, as such messages may be. */
export async function passTo(
  relay: UserRelayCalls,
  group: string,
  { account, devices }: FanOutTarget,
  item: { readonly messageId: string; readonly at: number; readonly body: string },
  correlationId: string,
): Promise<void> {
  try {
    await inTime(relay.groupPass({ account, correlationId, group, devices, item }), RELAY_TIMEOUT_MS)
  } catch (error) {
    log('debug', 'group.passFailed', { correlationId, ...errorFields(error) })
  }
}
