import type { ObjectEnv } from '#durable-objects/env.ts'

/** Bindings, variables and secrets of the Worker. See wrangler.toml. */
export interface Env extends ObjectEnv {
  readonly MEDIA: R2Bucket
  /** The built web client. */
  readonly ASSETS: Fetcher
  readonly REGISTRATION: string
  readonly ALLOWED_ORIGINS: string
  readonly REGISTRATIONS_PER_HOUR: string
  /** Where this deployment's source can be had. */
  readonly SOURCE_URL?: string
  /** 32 octets in base64url. */
  readonly TOKEN_SECRET: string
  readonly UPSTASH_REDIS_REST_URL?: string
  readonly UPSTASH_REDIS_REST_TOKEN?: string
}
