import type { GroupFanOut } from './group-fan-out.ts'
import type { GroupRelay } from './group-relay.ts'
import type { GroupFanOutCalls, GroupRelayCalls } from './rpc.ts'

/** The object of a group, to call. */
export function groupOf(namespace: DurableObjectNamespace<GroupRelay>, group: string): GroupRelayCalls {
  return namespace.get(namespace.idFromName(group))
}

/** One of the objects that share a large group's fan-out. */
export function fanOutOf(
  namespace: DurableObjectNamespace<GroupFanOut>,
  group: string,
  shard: number,
): GroupFanOutCalls {
  return namespace.get(namespace.idFromName(`${group} ${shard}`))
}
