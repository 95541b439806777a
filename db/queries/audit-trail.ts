/** Reading the audit log: for an auditor's role. */

import { and, asc, gt, lte, sql } from 'drizzle-orm'
import type { ChainedEntry } from '../audit/encoding.ts'
import type { AuditHead } from '../audit/heads.ts'
import type { ChainState } from '../audit/report.ts'
import type { Database } from '../client.ts'
import { auditEntries, auditHeads, auditState } from '../schema/audit.ts'

/** Entries after the number `after`: `limit` of them, and any more that have the last one's number. */
export async function auditPage(db: Database, after: number, limit: number): Promise<ChainedEntry[]> {
  const { seq } = auditEntries
  return db.run((statements) => {
    const page = statements
      .select({ seq })
      .from(auditEntries)
      .where(gt(seq, after))
      .orderBy(asc(seq))
      .limit(limit)
      .as('page')
    return statements
      .select()
      .from(auditEntries)
      .where(and(gt(seq, after), lte(seq, sql`(select max(${page.seq}) from ${page})`)))
      .orderBy(asc(seq))
  })
}

/** All heads, by day. */
export async function auditHeadsByDay(db: Database): Promise<AuditHead[]> {
  return db.run((statements) => statements.select().from(auditHeads).orderBy(asc(auditHeads.day)))
}

/** Where the chain ends; `undefined` when the database does not say. */
export async function auditChainState(db: Database): Promise<ChainState | undefined> {
  const total = sql<number>`(select count(*) from ${auditEntries})`.mapWith(Number)
  const [state] = await db.run((statements) =>
    statements.select({ seq: auditState.seq, hash: auditState.hash, total }).from(auditState).limit(1),
  )
  return state
}
