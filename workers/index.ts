/** The Worker's entry: HTTP, the queue of pushes, scheduled tasks, and the classes of the Durable Objects. */

import type { Env } from './env.ts'
import { handle } from './http/app.ts'

export { GroupFanOut } from '#durable-objects/group/group-fan-out.ts'
export { GroupRelay } from '#durable-objects/group/group-relay.ts'
export { KeyLog } from '#durable-objects/key-log/key-log.ts'
export { Metrics } from '#durable-objects/metrics/metrics.ts'
export { SharedState } from '#durable-objects/shared-state/shared-state.ts'
export { UserRelay } from '#durable-objects/user/user-relay.ts'
export { Watch } from '#durable-objects/watch/watch.ts'

export default {
  fetch: (request, env) => handle(request, env),
  scheduled: async (_, env) => {
    await (await import('./scheduler/run.ts')).runScheduled(env)
  },
  queue: async (batch, env) => (await import('./push/queue.ts')).takeFromQueue(batch, env),
} satisfies ExportedHandler<Env>
