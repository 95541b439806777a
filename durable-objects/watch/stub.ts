import type { WatchCalls } from './rpc.ts'
import type { Watch } from './watch.ts'

/** Objects that share the subjects: an attack from many addresses is not to have to wait for one of them. */
const SHARDS = 16

/** The object that knows a subject, to call. Subjects are hashes: one character of them spreads evenly. */
export function watchOf(namespace: DurableObjectNamespace<Watch>, subject: string): WatchCalls {
  return namespace.get(namespace.idFromName(`shard-${subject.charCodeAt(subject.length - 1) % SHARDS}`))
}
