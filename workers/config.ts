/** The environment, parsed once per isolate: a deployment that is configured wrongly says so instead of half working. */

import * as v from 'valibot'
import { readWitnesses } from '#durable-objects/key-log/witnesses.ts'
import { AlertVariables } from '#durable-objects/watch/channels.ts'
import { KEY_LOG_LIMITS } from '#protocol/merkle/limits.ts'
import { bytesOf } from '#protocol/primitives.ts'
import type { S3Settings } from './media/s3.ts'
import { type PushSettings, PushVariables, pushSettings } from './push/settings.ts'
import { MediaVariables, mediaSettings, withoutEmpty } from './media/settings.ts'

const Origins = v.pipe(
  v.string(),
  v.transform((list) =>
    list
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
  ),
  v.array(v.pipe(v.string(), v.url())),
)

function areWitnesses(setting: string): boolean {
  try {
    readWitnesses(setting)
    return true
  } catch {
    return false
  }
}

const Config = v.object({
  REGISTRATION: v.picklist(['open', 'invite', 'closed']),
  ALLOWED_ORIGINS: v.optional(Origins, ''),
  REGISTRATIONS_PER_HOUR: v.optional(v.pipe(v.string(), v.regex(/^[1-9]\d{0,8}$/), v.transform(Number)), '60'),
  TOKEN_SECRET: bytesOf(32),
  AUDIT_SIGNING_KEY: bytesOf(32),
  KEY_LOG_SECRET: v.optional(bytesOf(32)),
  SEALED_SENDER_SECRET: v.optional(bytesOf(32)),
  // As the name of a key in a signed note, and within what clients take.
  KEY_LOG_ORIGIN: v.optional(
    v.pipe(v.string(), v.maxBytes(KEY_LOG_LIMITS.originBytes), v.regex(/^[^\s+\p{Cc}]*$/u)),
    '',
  ),
  KEY_LOG_WITNESSES: v.optional(v.pipe(v.string(), v.check(areWitnesses)), ''),
  KEY_LOG_BATCH_MS: v.optional(v.pipe(v.string(), v.regex(/^\d{1,4}$/))),
  DATABASE_URL: v.pipe(v.string(), v.regex(/^postgres(ql)?:\/\//)),
  PERSIST_AFTER_S: v.optional(v.pipe(v.string(), v.regex(/^\d{1,6}$/)), '30'),
  ...MediaVariables.entries,
  ...AlertVariables.entries,
  ...PushVariables.entries,
})

export interface WorkerConfig {
  readonly registration: 'open' | 'invite' | 'closed'
  readonly allowedOrigins: readonly string[]
  readonly registrationsPerHour: number
  readonly tokenSecret: string
  /** Ed25519 seed, 32 octets in base64url. */
  readonly auditSigningKey: string
  /** Where media are stored; `undefined` when none are. */
  readonly media: S3Settings | undefined
  readonly push: PushSettings
}

/** Names the variables that are wrong, never their values. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly variables: readonly string[]
  constructor(variables: readonly string[]) {
    super(`These variables are missing or wrong: ${variables.join(', ')}.`)
    this.variables = variables
  }
}

/** Parses the environment. Throws {@link ConfigurationError}. */
export function readConfig(env: object): WorkerConfig {
  const parsed = v.safeParse(Config, withoutEmpty(env))
  if (!parsed.success) {
    const variables = parsed.issues.map((issue) => v.getDotPath(issue)?.split('.')[0] ?? '')
    throw new ConfigurationError([...new Set(variables)])
  }
  const { REGISTRATION, ALLOWED_ORIGINS, REGISTRATIONS_PER_HOUR, TOKEN_SECRET, AUDIT_SIGNING_KEY } = parsed.output
  const media = mediaSettings(parsed.output)
  if (media !== undefined && 'missing' in media) throw new ConfigurationError(media.missing)
  return {
    registration: REGISTRATION,
    allowedOrigins: ALLOWED_ORIGINS,
    registrationsPerHour: REGISTRATIONS_PER_HOUR,
    tokenSecret: TOKEN_SECRET,
    auditSigningKey: AUDIT_SIGNING_KEY,
    media,
    push: pushSettings(parsed.output),
  }
}
