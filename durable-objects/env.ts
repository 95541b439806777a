import type { GroupFanOut } from './group/group-fan-out.ts'
import type { GroupRelay } from './group/group-relay.ts'
import type { KeyLog } from './key-log/key-log.ts'
import type { KeyLogSettings } from './key-log/keys.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { SharedState } from './shared-state/shared-state.ts'
import type { PushJob } from './user/push-job.ts'
import type { UserRelay } from './user/user-relay.ts'
import type { AlertSettings } from './watch/channels.ts'
import type { Watch } from './watch/watch.ts'

/** The bindings and variables that the objects use; `workers/env.ts` adds those of the edge. */
export interface ObjectEnv extends KeyLogSettings, AlertSettings {
  readonly USER_RELAY: DurableObjectNamespace<UserRelay>
  readonly GROUP_RELAY: DurableObjectNamespace<GroupRelay>
  readonly GROUP_FAN_OUT: DurableObjectNamespace<GroupFanOut>
  readonly SHARED_STATE: DurableObjectNamespace<SharedState>
  readonly KEY_LOG: DurableObjectNamespace<KeyLog>
  readonly WATCH: DurableObjectNamespace<Watch>
  readonly METRICS: DurableObjectNamespace<Metrics>
  /** Devices to be woken. */
  readonly PUSHES?: Queue<PushJob>
  /** The key log's public copy; media. */
  readonly MEDIA: R2Bucket
  /** Milliseconds for which a change waits for others to be logged under one checkpoint; 100 when unset. */
  readonly KEY_LOG_BATCH_MS?: string
  /** 32 octets in base64url; a secret. Subjects of the watch are hashed under a key made of it. */
  readonly TOKEN_SECRET: string
  /** `postgres://…`; a secret. */
  readonly DATABASE_URL: string
  /** Where the database's HTTP bridge listens, on a laptop. Unset in production: Neon's own address. */
  readonly DATABASE_HTTP_ENDPOINT?: string
  /** Ed25519 seed of the audit log's daily heads: 32 octets in base64url; a secret. */
  readonly AUDIT_SIGNING_KEY: string
  /** Seconds after which an undelivered envelope is copied to Postgres; 0 copies all. */
  readonly PERSIST_AFTER_S?: string
}
