import { sql } from 'drizzle-orm'
import { bigint, check, date, index, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { bytea } from './columns.ts'

/**
 * The audit log. Triggers of the migration give each entry its place in the chain, and refuse every change: what is
 * inserted is `id` to `details`, and nothing else of it counts.
 */
export const auditEntries = pgTable(
  'audit_entries',
  {
    /** From 1, without gaps. */
    seq: bigint('seq', { mode: 'number' }).primaryKey(),
    /** The day (UTC, by the database's clock) on which it was chained. Never goes back. */
    day: date('day', { mode: 'string' }).notNull(),
    /** 128 random bits in base64url, drawn by whoever makes the entry: one that is sent again is not chained again. */
    id: text('id').notNull().unique('audit_entries_id_unique'),
    /** When it happened, by the relay's clock, to the hour (`db/audit/events.ts`). Milliseconds since the epoch. */
    at: bigint('at', { mode: 'number' }).notNull(),
    type: text('type').notNull(),
    /** An account's id, `operator` or `system`. */
    actor: text('actor').notNull(),
    /** An account's id, or `site`. */
    subject: text('subject').notNull(),
    correlationId: text('correlation_id').notNull(),
    /** JSON, as the text that was hashed. */
    details: text('details').notNull(),
    /** Hash of the entry before, zeros for the first. */
    previous: bytea('previous').notNull(),
    /** SHA-256 over all of the above (`db/audit/encoding.ts`). */
    hash: bytea('hash').notNull(),
  },
  (table) => [
    index('audit_entries_day').on(table.day, table.seq),
    check('audit_entries_id_length', sql`char_length(${table.id}) = 22`),
    check('audit_entries_type_length', sql`char_length(${table.type}) between 1 and 64`),
    check('audit_entries_actor_length', sql`char_length(${table.actor}) between 1 and 22`),
    check('audit_entries_subject_length', sql`char_length(${table.subject}) between 1 and 22`),
    check('audit_entries_correlation_id_length', sql`char_length(${table.correlationId}) between 32 and 36`),
    check('audit_entries_details_length', sql`char_length(${table.details}) between 2 and 2000`),
  ],
)

/** One row: where the chain ends. Appends take turns at its lock. */
export const auditState = pgTable(
  'audit_state',
  {
    id: integer('id').primaryKey(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    hash: bytea('hash').notNull(),
  },
  (table) => [check('audit_state_one_row', sql`${table.id} = 1`)],
)

/** A signed head for each day that has entries and is over. A trigger fills in all but `day` and `signature`. */
export const auditHeads = pgTable(
  'audit_heads',
  {
    day: date('day', { mode: 'string' }).primaryKey(),
    /** The day's last entry. */
    seq: bigint('seq', { mode: 'number' }).notNull(),
    /** Entries of the day. */
    count: integer('count').notNull(),
    /** Hash of the day's last entry. */
    hash: bytea('hash').notNull(),
    /** The day of the head before; null for the first. */
    after: date('after', { mode: 'string' }),
    /** Ed25519 over the head's statement (`db/audit/heads.ts`). */
    signature: bytea('signature').notNull(),
  },
  (table) => [check('audit_heads_signature_length', sql`octet_length(${table.signature}) = 64`)],
)
