/** One of the objects that share a large group's fan-out: it calls some of the accounts. It keeps nothing. */

import { DurableObject } from 'cloudflare:workers'
import type { ObjectEnv } from '../env.ts'
import { relayOf } from '../user/stub.ts'
import { deliverTo, passTo } from './deliver.ts'
import type { FanOutCall, FanOutOutcome, GroupFanOutCalls, PassCall } from './rpc.ts'

export class GroupFanOut extends DurableObject<ObjectEnv> implements GroupFanOutCalls {
  async deliver({ group, targets, entries, correlationId }: FanOutCall): Promise<readonly FanOutOutcome[]> {
    return Promise.all(
      targets.map((target) =>
        deliverTo(relayOf(this.env.USER_RELAY, target.account), group, target, entries, correlationId),
      ),
    )
  }

  async pass({ group, targets, item, correlationId }: PassCall): Promise<void> {
    await Promise.all(
      targets.map((target) => passTo(relayOf(this.env.USER_RELAY, target.account), group, target, item, correlationId)),
    )
  }
}
