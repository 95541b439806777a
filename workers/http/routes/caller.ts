import type { DeviceCall } from '#durable-objects/user/rpc.ts'
import type { TokenHolder } from '../../auth/tokens.ts'
import type { RequestContext } from '../context.ts'

/** A device, to be counted by. */
export const deviceOf = ({ account, device }: TokenHolder): string => `${account}.${device}`

/** A call to the holder's own object in the name of its device. */
export function callerOf({ correlationId }: RequestContext, { account, device, epoch }: TokenHolder): DeviceCall {
  return { account, correlationId, caller: { device, tokenEpoch: epoch } }
}
