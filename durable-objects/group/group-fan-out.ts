/** One of the objects that share a large group's fan-out: it calls some of the accounts. It keeps nothing. */

import { DurableObject } from 'cloudflare:workers'
import type { ObjectEnv } from '../env.ts'
import { relayOf } from '../user/stub.ts'
import { deliverTo, passTo } from './deliver.ts'
import { LATE_MS } from './fan-out.ts'
import type { FanOutCall, GroupFanOutCalls, PassCall, ShardOutcome } from './rpc.ts'
import { withoutStragglers } from './stragglers.ts'

/** Of the accounts of one call. */
const LATE_AT_MOST = 8

export class GroupFanOut extends DurableObject<ObjectEnv> implements GroupFanOutCalls {
  async deliver({ group, targets, entries, isUrgent, correlationId }: FanOutCall): Promise<readonly ShardOutcome[]> {
    const calls = targets.map((target) =>
      deliverTo(relayOf(this.env.USER_RELAY, target.account), group, target, { entries, isUrgent }, correlationId),
    )
    const outcomes = await withoutStragglers(calls, { after: LATE_MS, atMost: LATE_AT_MOST })
    return targets.map(({ account }, at) => outcomes[at] ?? { account, late: true })
  }

  async pass({ group, targets, item, correlationId }: PassCall): Promise<void> {
    await Promise.all(
      targets.map((target) => passTo(relayOf(this.env.USER_RELAY, target.account), group, target, item, correlationId)),
    )
  }
}
