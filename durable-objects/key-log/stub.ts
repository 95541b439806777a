import type { KeyLog } from './key-log.ts'
import type { KeyLogKeys } from './keys.ts'
import type { KeyLogCalls } from './rpc.ts'

/** The object of the deployment's log, to call. It is named by origin and key: another key is another log. */
export function keyLogOf(namespace: DurableObjectNamespace<KeyLog>, { verifierKey }: KeyLogKeys): KeyLogCalls {
  return namespace.get(namespace.idFromName(verifierKey))
}
