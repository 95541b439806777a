import { and, eq, exists, inArray, isNull, lte, ne, or } from 'drizzle-orm'
import { type AuditOccasion, auditEntry } from '../audit/events.ts'
import type { Database, Statements } from '../client.ts'
import { DatabaseStatementError, violatedUnique } from '../errors.ts'
import { accounts } from '../schema/accounts.ts'
import { usernames } from '../schema/usernames.ts'
import { appendStatement } from './audit.ts'

/** How long a released name is kept from others, so that nobody inherits its former owner's conversations at once. */
export const USERNAME_HOLD_MS = 30 * 24 * 60 * 60 * 1000

/** A name as `protocol/` normalises it. */
export interface UsernameForms {
  /** Normalised and case-folded. */
  canonical: string
  /** Confusable skeleton. */
  skeleton: string
  /** As typed. */
  display: string
}

/** Frees the name, and its look-alikes, when they are held back no longer, or only for `account`. */
export function freeHeldUsername(statements: Statements, name: UsernameForms, account: string, now: number) {
  return statements
    .delete(usernames)
    .where(
      and(
        isNull(usernames.accountId),
        or(eq(usernames.canonical, name.canonical), eq(usernames.skeleton, name.skeleton)),
        or(lte(usernames.releasedAt, now - USERNAME_HOLD_MS), eq(usernames.releasedBy, account)),
      ),
    )
}

/** Takes a name that is free; violates a unique constraint when it is not. */
export function insertUsername(statements: Statements, name: UsernameForms, account: string, now: number) {
  return statements.insert(usernames).values({ ...name, accountId: account, claimedAt: now })
}

/** Whether `error` says that the name, or one that looks like it, is taken or held back. */
export function isUsernameTaken(error: unknown): boolean {
  const constraint = violatedUnique(error)
  return constraint === 'usernames_pkey' || constraint === 'usernames_skeleton_unique'
}

/**
 * Gives `account` a name in place of the one it has, which is then held back for {@link USERNAME_HOLD_MS}. Claiming the
 * name that one has changes its display form.
 */
export async function claimUsername(
  db: Database,
  { account, now, correlationId, ...name }: UsernameForms & { account: string } & AuditOccasion,
): Promise<'claimed' | 'usernameTaken' | 'unknownAccount'> {
  try {
    await db.run((statements) =>
      statements.batch([
        // Two claims of one account queue here, so that the second sees the first one's name as the one to release.
        statements.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, account)).for('update'),
        statements
          .update(usernames)
          .set({ accountId: null, releasedAt: now, releasedBy: account })
          .where(and(eq(usernames.accountId, account), ne(usernames.canonical, name.canonical))),
        freeHeldUsername(statements, name, account, now),
        statements
          .delete(usernames)
          .where(and(eq(usernames.accountId, account), eq(usernames.canonical, name.canonical))),
        insertUsername(statements, name, account, now),
        appendStatement(statements, [usernameEntry('usernameClaimed', account, { now, correlationId })]),
      ]),
    )
    return 'claimed'
  } catch (error) {
    if (isUsernameTaken(error)) return 'usernameTaken'
    // 23503: the account that the row should point to does not exist.
    if (error instanceof DatabaseStatementError && error.sqlState === '23503') return 'unknownAccount'
    throw error
  }
}

/** Gives the account's name up; it is then held back. False when it has none. */
export async function releaseUsername(db: Database, account: string, occasion: AuditOccasion): Promise<boolean> {
  const { now } = occasion
  const [released] = await db.run((statements) =>
    statements.batch([
      statements
        .update(usernames)
        .set({ accountId: null, releasedAt: now, releasedBy: account })
        .where(eq(usernames.accountId, account))
        .returning({ canonical: usernames.canonical }),
      appendStatement(
        statements,
        [usernameEntry('usernameReleased', account, occasion)],
        exists(
          statements
            .select({ canonical: usernames.canonical })
            .from(usernames)
            .where(and(eq(usernames.releasedBy, account), eq(usernames.releasedAt, now))),
        ),
      ),
    ]),
  )
  return released.length > 0
}

/** Forgets at most `limit` names that are held back no longer; returns their number. */
export async function forgetHeldUsernames(db: Database, now: number, limit: number): Promise<number> {
  const result = await db.run((statements) => {
    const old = statements
      .select({ canonical: usernames.canonical })
      .from(usernames)
      .where(and(isNull(usernames.accountId), lte(usernames.releasedAt, now - USERNAME_HOLD_MS)))
      .limit(limit)
    return statements.delete(usernames).where(inArray(usernames.canonical, old))
  })
  return result.rowCount
}

function usernameEntry(type: 'usernameClaimed' | 'usernameReleased', account: string, occasion: AuditOccasion) {
  return auditEntry({ type, actor: account, subject: account, details: {} }, occasion)
}

/** The active account that owns the name. */
export async function findAccountByUsername(db: Database, canonical: string): Promise<string | undefined> {
  const [row] = await db.run((statements) =>
    statements
      .select({ account: accounts.id })
      .from(usernames)
      .innerJoin(accounts, eq(accounts.id, usernames.accountId))
      .where(and(eq(usernames.canonical, canonical), eq(accounts.status, 'active')))
      .limit(1),
  )
  return row?.account
}
