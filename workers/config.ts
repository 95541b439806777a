/** The environment, parsed once per isolate: a deployment that is configured wrongly says so instead of half working. */

import * as v from 'valibot'
import { bytesOf } from '#protocol/primitives.ts'

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

const Config = v.object({
  REGISTRATION: v.picklist(['open', 'invite', 'closed']),
  ALLOWED_ORIGINS: v.optional(Origins, ''),
  REGISTRATIONS_PER_HOUR: v.optional(v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number)), '20'),
  TOKEN_SECRET: bytesOf(32),
  DATABASE_URL: v.pipe(v.string(), v.regex(/^postgres(ql)?:\/\//)),
  PERSIST_AFTER_S: v.optional(v.pipe(v.string(), v.regex(/^\d{1,6}$/)), '30'),
})

export interface WorkerConfig {
  readonly registration: 'open' | 'invite' | 'closed'
  readonly allowedOrigins: readonly string[]
  readonly registrationsPerHour: number
  readonly tokenSecret: string
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
  const parsed = v.safeParse(Config, env)
  if (!parsed.success) {
    const variables = parsed.issues.map((issue) => v.getDotPath(issue)?.split('.')[0] ?? '')
    throw new ConfigurationError([...new Set(variables)])
  }
  const { REGISTRATION, ALLOWED_ORIGINS, REGISTRATIONS_PER_HOUR, TOKEN_SECRET } = parsed.output
  return {
    registration: REGISTRATION,
    allowedOrigins: ALLOWED_ORIGINS,
    registrationsPerHour: REGISTRATIONS_PER_HOUR,
    tokenSecret: TOKEN_SECRET,
  }
}
