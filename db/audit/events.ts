/**
 * What the audit log records. An event that the relay does not make has no place here: the code that makes it adds it.
 *
 * An entry names one account at most besides its actor, and that only where one acts on the other: who writes to whom, who
 * looked whom up and who is in which group never stand here, nor do names, addresses, keys, codes or anything of a message.
 * `docs/threat-model.md` says of each field who learns what.
 */

import * as v from 'valibot'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'
import { AccountId, DeviceId, integer, listOf } from '#protocol/primitives.ts'
import { SIGNALS } from './signals.ts'

/** Entries tell the hour: the moment is in the log lines with the same correlation id, as long as an operator keeps them. */
export const AUDIT_TIME_STEP_MS = 60 * 60 * 1_000

/** `operator`: somebody with the deployment's own credentials. `system`: the relay by itself. */
const Actor = v.union([AccountId, v.picklist(['operator', 'system'])])
/**
 * Who is watched, as a keyed hash (`durable-objects/watch/subject.ts`): `a.` of an account, `n.` of a network address. Not
 * the account itself: that somebody was suspected is not to stand beside its name for ever.
 */
const WatchedSubject = v.pipe(v.string(), v.regex(/^[an]\.[\w-]{16}$/))
/** `site`: the deployment as a whole. */
const Subject = v.union([AccountId, v.literal('site'), WatchedSubject])

function event<const TType extends string, const TDetails extends v.ObjectEntries>(type: TType, details: TDetails) {
  return v.strictObject({ type: v.literal(type), actor: Actor, subject: Subject, details: v.strictObject(details) })
}

const DeviceIds = listOf(DeviceId, LIMITS.devices)

export const AuditEvent = v.variant('type', [
  /** Whether by a code, and not which: `invite_redemptions` has that, and may forget it. */
  event('accountRegistered', { invited: v.boolean() }),
  // Without the name: a log that is never deleted would keep for ever who was called what.
  event('usernameClaimed', {}),
  event('usernameReleased', {}),
  /** `by`: the acting device. `reset`: set up anew under the same number. */
  event('deviceListChanged', {
    by: DeviceId,
    version: integer(1),
    added: DeviceIds,
    removed: DeviceIds,
    reset: DeviceIds,
  }),
  event('tokensRevoked', { by: DeviceId, device: DeviceId }),
  /** Without the code's hash, from which a short code could be guessed. */
  event('inviteCreated', { uses: integer(0), expiresAt: v.nullable(integer(0)) }),
  /** Because of what, for how long, and how many blocks of late, this one included. */
  event('restricted', {
    to: v.picklist(['slowed', 'blocked']),
    because: listOf(v.picklist(SIGNALS), SIGNALS.length),
    minutes: integer(1),
    blocks: integer(0),
  }),
  /** Before its time; how many minutes were left. */
  event('restrictionLifted', { from: v.picklist(['slowed', 'blocked']), minutes: integer(1) }),
  /** The account's object, or one that watches (`site`), had no room for this many more events while the database was away (`audit-outbox.ts`). */
  event('eventsDropped', { count: integer(1) }),
])
export type AuditEvent = v.InferOutput<typeof AuditEvent>

/** 32 hexadecimal digits, as the edge makes them, or a UUID. */
const CorrelationId = v.pipe(v.string(), v.regex(/^[0-9a-f-]{32,36}$/))

/** An event as it goes to the database, which gives it its place in the chain. */
export interface AuditEntry {
  /** 128 random bits in base64url: an entry that is sent twice is chained once. */
  readonly id: string
  /** Milliseconds since the epoch, a multiple of {@link AUDIT_TIME_STEP_MS}. */
  readonly at: number
  readonly type: AuditEvent['type']
  readonly actor: string
  readonly subject: string
  /** Of the request that it came from. */
  readonly correlationId: string
  /** JSON. */
  readonly details: string
}

/** Where and when an event came about. */
export interface AuditOccasion {
  readonly correlationId: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The entry of an event, with an id of its own. Throws `ValiError` for an event of the wrong form, which is our mistake. */
export function auditEntry(occurred: AuditEvent, { correlationId, now }: AuditOccasion): AuditEntry {
  const { type, actor, subject, details } = v.parse(AuditEvent, occurred)
  return {
    id: toBase64url(randomBytes(16)),
    at: Math.floor(now / AUDIT_TIME_STEP_MS) * AUDIT_TIME_STEP_MS,
    type,
    actor,
    subject,
    correlationId: v.parse(CorrelationId, correlationId),
    details: JSON.stringify(details),
  }
}
