/** Writing the audit log. What the application's role may do of it, `db/local/grants.ts` says: append, and seal days. */

import { sql } from 'drizzle-orm'
import type { AuditEntry } from '../audit/events.ts'
import type { AuditHead, HeadStatement } from '../audit/heads.ts'
import type { Database, Statements } from '../client.ts'
import { AUDIT_MAX_ROWS } from '../limits.ts'
import { auditEntries, auditHeads } from '../schema/audit.ts'

/** The columns that whoever appends may write. */
export const APPENDED_COLUMNS = ['id', 'at', 'type', 'actor', 'subject', 'correlation_id', 'details'] as const

/**
 * A statement that appends entries in their order, to be put at the end of a transaction: it takes a lock for which every other
 * append waits. Entries that are there already are left out. `when`: a condition in SQL, without which nothing is appended.
 */
export function appendStatement(statements: Statements, entries: readonly AuditEntry[], when = sql`true`) {
  const rows = entries.map(({ correlationId, ...entry }) => ({ ...entry, correlation_id: correlationId }))
  const columns = sql.raw(APPENDED_COLUMNS.join(', '))
  return statements.execute(sql`
    insert into ${auditEntries} (${columns})
    select ${columns} from json_to_recordset(${JSON.stringify(rows)}::json)
      as row (id text, at bigint, type text, actor text, subject text, correlation_id text, details text)
    where ${when}`)
}

/** Appends entries. May be sent again when the outcome is unknown. Throws `RangeError` beyond {@link AUDIT_MAX_ROWS}. */
export async function appendAudit(db: Database, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  if (entries.length > AUDIT_MAX_ROWS) throw new RangeError(`${entries.length} entries in one audit batch`)
  await db.run((statements) => appendStatement(statements, entries))
}

/** What the heads of days say that are over and have none, oldest first. */
export async function unsealedDays(db: Database): Promise<HeadStatement[]> {
  const { day, seq, count, hash, after } = auditHeads
  return db.run((statements) =>
    statements
      .select({
        day: sql<string>`${sql.identifier(day.name)}`.mapWith(day),
        seq: sql<number>`${sql.identifier(seq.name)}`.mapWith(seq),
        count: sql<number>`${sql.identifier(count.name)}`.mapWith(count),
        hash: sql<Uint8Array>`${sql.identifier(hash.name)}`.mapWith(hash),
        after: sql<string | null>`${sql.identifier(after.name)}`.mapWith(after),
      })
      .from(sql`audit_unsealed()`),
  )
}

/** Stores a head, unless the day has one, or an older day has none. Whether it did. */
export async function insertHead(
  db: Database,
  { day, signature }: Pick<AuditHead, 'day' | 'signature'>,
): Promise<boolean> {
  const octets = sql.param(signature, auditHeads.signature)
  // The other columns are the trigger's, and not the application role's to write.
  const inserted = await db.run((statements) =>
    statements.execute(sql`insert into ${auditHeads} (day, signature) values (${day}, ${octets})`),
  )
  return inserted.rowCount > 0
}
