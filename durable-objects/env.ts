import type { SharedState } from './shared-state/shared-state.ts'
import type { UserRelay } from './user/user-relay.ts'

/** The bindings and variables that the objects use; `workers/env.ts` adds those of the edge. */
export interface ObjectEnv {
  readonly USER_RELAY: DurableObjectNamespace<UserRelay>
  readonly SHARED_STATE: DurableObjectNamespace<SharedState>
  /** `postgres://…`; a secret. */
  readonly DATABASE_URL: string
  /** Where the database's HTTP bridge listens, on a laptop. Unset in production: Neon's own address. */
  readonly DATABASE_HTTP_ENDPOINT?: string
  /** Seconds after which an undelivered envelope is copied to Postgres; 0 copies all. */
  readonly PERSIST_AFTER_S?: string
}
