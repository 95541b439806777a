/**
 * Structured logs: one JSON object per line. The fields are an allow list, so that nothing that identifies a person, an
 * account or a message can end up in a log by accident.
 */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface LogFields {
  /** Ties the lines of one request together, from the edge to the objects. */
  readonly correlationId?: string | undefined
  readonly method?: string
  /** The route's pattern, never the URL. */
  readonly route?: string
  readonly status?: number
  /** An error code of `protocol/errors.ts`. */
  readonly code?: string
  /** An error's class, never its message: messages can quote data. */
  readonly error?: string
  /** Frames of stack, file and line only. */
  readonly stack?: string
  readonly ms?: number
  readonly count?: number
  readonly retryInMs?: number
  /** A head of the audit log (`db/audit/heads.ts`): a day, numbers, a hash and a signature. */
  readonly head?: string
  /** A witness of the key log, by the name of its public key. */
  readonly witness?: string
  /** Leaves of the public key log: as it is here, and as a witness knows it. */
  readonly size?: number
  readonly stands?: number
  /** What the watch did, and because of which signals (`durable-objects/watch`). */
  readonly restriction?: string
  readonly signals?: string
  /** A scheduled task (`workers/scheduler`), how many steps it took, and whether it did not come to its end. */
  readonly task?: string
  readonly steps?: number
  readonly isMore?: boolean
  /** Devices that are not in use, and those that were reminded to renew their keys. */
  readonly idle?: number
  readonly reminded?: number
  /** How many pushes of a batch came to what. */
  readonly push?: string
  /** Where an alert or a push goes: the kind of place, never its address. */
  readonly channel?: string
  /** Age of the oldest envelope that waits for the drain. */
  readonly lagMs?: number
}

/** Writes one line. */
export function log(level: LogLevel, event: string, fields: LogFields = {}): void {
  // The platform collects the console; this is the one place that writes to it.
  console[level](JSON.stringify({ level, event, at: new Date().toISOString(), ...fields }))
}

/** What may be logged of something that was thrown: its class, and where, without the message. */
export function errorFields(error: unknown): Pick<LogFields, 'error' | 'stack'> {
  if (!(error instanceof Error)) return { error: typeof error }
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return { error: error.name, stack: frames.slice(0, 6).join('\n') }
}
