/** What every request has at hand. */

import { type Database, openDatabase } from '#db/client.ts'
import type { GroupRelayCalls } from '#durable-objects/group/rpc.ts'
import { groupOf } from '#durable-objects/group/stub.ts'
import { type KeyLogKeys, keyLogKeys } from '#durable-objects/key-log/keys.ts'
import type { UserRelayCalls } from '#durable-objects/user/rpc.ts'
import { relayOf } from '#durable-objects/user/stub.ts'
import type { WatchCalls } from '#durable-objects/watch/rpc.ts'
import { watchOf } from '#durable-objects/watch/stub.ts'
import type { SharedStateStore } from '#durable-objects/shared-state/contract.ts'
import { type WorkerConfig, readConfig } from '../config.ts'
import type { Env } from '../env.ts'
import { type SealedSenderKeys, sealedSenderKeys } from '../sealed/keys.ts'
import { durableSharedState } from '../shared-state/durable.ts'
import { upstashSharedState } from '../shared-state/upstash.ts'

export interface RequestContext {
  readonly env: Env
  readonly config: WorkerConfig
  /** Milliseconds; one moment for the whole request. */
  readonly now: number
  /** The trace id of W3C Trace Context: in every log line and error of this request, here and in the objects. */
  readonly correlationId: string
  readonly shared: SharedStateStore
  readonly database: Database
  readonly relay: (account: string) => UserRelayCalls
  readonly group: (group: string) => GroupRelayCalls
  /** The object that knows a subject of the watch. */
  readonly watch: (subject: string) => WatchCalls
  /** `undefined` when the deployment has no sealed sender. */
  readonly sealedSender: SealedSenderKeys | undefined
  /** Of the deployment's key log; `undefined` when it keeps none. */
  readonly keyLog: KeyLogKeys | undefined
}

/** The trace id of a `traceparent` header (W3C Trace Context, section 3.2), else a new one. */
export function correlationIdOf(traceparent: string | null | undefined): string {
  const given = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent ?? '')?.[1]
  if (given !== undefined && !/^0+$/.test(given)) return given
  return crypto.randomUUID().replaceAll('-', '')
}

/** Puts a request's context together. Throws `ConfigurationError`. */
export function contextFor(env: Env, correlationId: string, now: number): RequestContext {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = env
  return {
    env,
    config: readConfig(env),
    now,
    correlationId,
    shared: url && token ? upstashSharedState(url, token) : durableSharedState(env.SHARED_STATE),
    database: openDatabase({ url: env.DATABASE_URL, fetchEndpoint: env.DATABASE_HTTP_ENDPOINT }),
    relay: (account) => relayOf(env.USER_RELAY, account),
    group: (group) => groupOf(env.GROUP_RELAY, group),
    watch: (subject) => watchOf(env.WATCH, subject),
    get sealedSender() {
      return sealedSenderKeys(env.SEALED_SENDER_SECRET)
    },
    get keyLog() {
      return keyLogKeys(env)
    },
  }
}
