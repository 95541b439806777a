import type { Database } from '../client.ts'
import { auditChainState, auditHeadsByDay, auditPage } from '../queries/audit-trail.ts'
import type { AuditReport, VerifierInput } from './report.ts'
import { AuditVerifier } from './verifier.ts'

/** Entries read at once. */
const PAGE = 1_000

/** Verifies the audit log of a database, which may grow meanwhile. */
export async function verifyAudit(db: Database, input: Omit<VerifierInput, 'heads'>): Promise<AuditReport> {
  const verifier = new AuditVerifier({ ...input, heads: await auditHeadsByDay(db) })
  for (;;) {
    const before = verifier.seq
    verifier.add(await auditPage(db, before, PAGE))
    if (verifier.seq > before) continue
    const state = await auditChainState(db)
    // Unless somebody appended between the last page and this question.
    const grew = state !== undefined && state.seq > before && (await auditPage(db, before, 1)).length > 0
    if (!grew) return verifier.finish(state)
  }
}
