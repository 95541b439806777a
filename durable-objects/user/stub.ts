import type { UserRelayCalls } from './rpc.ts'
import type { UserRelay } from './user-relay.ts'

/** The object of an account, to call. */
export function relayOf(namespace: DurableObjectNamespace<UserRelay>, account: string): UserRelayCalls {
  return namespace.get(namespace.idFromName(account))
}
