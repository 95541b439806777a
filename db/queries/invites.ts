import { auditEntry } from '../audit/events.ts'
import type { Database } from '../client.ts'
import { invites } from '../schema/invites.ts'
import { appendStatement } from './audit.ts'

export interface NewInvite {
  /** SHA-256 of the code. */
  codeHash: Uint8Array
  /** How many accounts the code admits. */
  uses: number
  /** Milliseconds since the epoch; never, unless told. */
  expiresAt?: number | undefined
  /** Of the command or request, for the audit log. */
  correlationId: string
}

/** Stores an admission code. Throws `DatabaseStatementError` (`violatedUnique`) when the code exists. */
export async function createInvite(db: Database, invite: NewInvite, now: number): Promise<void> {
  const { codeHash, uses, expiresAt = null, correlationId } = invite
  const entry = auditEntry(
    { type: 'inviteCreated', actor: 'operator', subject: 'site', details: { uses, expiresAt } },
    { correlationId, now },
  )
  await db.run((statements) =>
    statements.batch([
      statements.insert(invites).values({ codeHash, usesLeft: uses, expiresAt, createdAt: now }),
      appendStatement(statements, [entry]),
    ]),
  )
}
