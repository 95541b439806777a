import type { Database } from '../client.ts'
import { invites } from '../schema/invites.ts'

export interface NewInvite {
  /** SHA-256 of the code. */
  codeHash: Uint8Array
  /** How many accounts the code admits. */
  uses: number
  /** Milliseconds since the epoch; never, unless told. */
  expiresAt?: number | undefined
}

/** Stores an admission code. Throws `DatabaseStatementError` (`violatedUnique`) when the code exists. */
export async function createInvite(db: Database, invite: NewInvite, now: number): Promise<void> {
  const { codeHash, uses, expiresAt } = invite
  await db.run((statements) =>
    statements.insert(invites).values({ codeHash, usesLeft: uses, expiresAt: expiresAt ?? null, createdAt: now }),
  )
}
