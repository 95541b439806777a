import type { ObjectEnv } from '#durable-objects/env.ts'

/** Bindings, variables and secrets of the Worker. See wrangler.toml. */
export interface Env extends ObjectEnv {
  /** The built web client. */
  readonly ASSETS: Fetcher
  readonly REGISTRATION: string
  readonly ALLOWED_ORIGINS: string
  readonly REGISTRATIONS_PER_HOUR: string
  /** Where this deployment's source can be had. */
  readonly SOURCE_URL?: string
  /** 32 octets in base64url: the keys of sender certificates and delivery tokens. Without it there is no sealed sender. */
  readonly SEALED_SENDER_SECRET?: string
  /** The storage of media by its S3 interface. An address; on a laptop, a path below the deployment's own. Unset: no media. */
  readonly MEDIA_S3_ENDPOINT?: string
  readonly MEDIA_S3_BUCKET?: string
  readonly MEDIA_S3_ACCESS_KEY_ID?: string
  readonly MEDIA_S3_SECRET_ACCESS_KEY?: string
  /** Web Push: 32 octets in base64url, a secret; and whom push services can ask, `mailto:` or `https:`. */
  readonly VAPID_PRIVATE_KEY?: string
  readonly VAPID_SUBJECT?: string
  /** Push services: hosts, or the ends of their names, separated by commas. */
  readonly PUSH_HOSTS?: string
  /** JSON: a service account's key file; see `workers/push`. */
  readonly FCM_SERVICE_ACCOUNT?: string
  readonly APNS?: string
  /** Of whoever may have scheduled tasks done by hand. Unset: nobody may. */
  readonly OPERATOR_SECRET?: string
  readonly UPSTASH_REDIS_REST_URL?: string
  readonly UPSTASH_REDIS_REST_TOKEN?: string
}
