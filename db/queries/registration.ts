import { eq, sql } from 'drizzle-orm'
import { equalBytes } from '#protocol/bytes.ts'
import { auditEntry } from '../audit/events.ts'
import type { Database, Statements } from '../client.ts'
import { DatabaseStatementError, violatedUnique } from '../errors.ts'
import { accounts } from '../schema/accounts.ts'
import { inviteRedemptions, invites } from '../schema/invites.ts'
import { appendStatement } from './audit.ts'
import { freeHeldUsername, insertUsername, isUsernameTaken, type UsernameForms } from './usernames.ts'

export interface Registration {
  /** 22 characters of base64url. */
  account: string
  /** 33 octets. */
  identityKey: Uint8Array
  deviceList: Uint8Array
  /** 64 octets. */
  deviceListSignature: Uint8Array
  deviceListVersion: number
  username?: UsernameForms | undefined
  /** SHA-256 of the admission code; undefined where registration is open. */
  inviteCodeHash?: Uint8Array | undefined
  /** Of the request, for the audit log. */
  correlationId: string
  /** Milliseconds since the epoch. */
  now: number
}

/** `alreadyRegistered`: this id with this identity key, so a retry whose first answer was lost. */
export type RegistrationResult = 'registered' | 'alreadyRegistered' | 'accountTaken' | 'usernameTaken' | 'inviteInvalid'

/**
 * Creates the account, spends one use of the invite, claims the name and writes the audit log, all or nothing. The constraints decide, inside
 * one transaction, so that of two people who claim one name at once exactly one gets it.
 */
export async function registerAccount(db: Database, registration: Registration): Promise<RegistrationResult> {
  try {
    await db.run((statements) => {
      const [first, ...rest] = registrationStatements(statements, registration)
      return statements.batch([first, ...rest])
    })
    return 'registered'
  } catch (error) {
    if (violatedUnique(error) === 'accounts_pkey') return whoHoldsTheId(db, registration)
    if (isUsernameTaken(error)) return 'usernameTaken'
    if (isInviteInvalid(error)) return 'inviteInvalid'
    throw error
  }
}

function registrationStatements(statements: Statements, registration: Registration) {
  const { account, username, inviteCodeHash, now } = registration
  const acting = { actor: account, subject: account }
  const entries = [
    auditEntry(
      { type: 'accountRegistered', ...acting, details: { invited: inviteCodeHash !== undefined } },
      registration,
    ),
    ...(username === undefined ? [] : [auditEntry({ type: 'usernameClaimed', ...acting, details: {} }, registration)]),
  ]
  // First of all: it fails for a retry, before that could spend an invite or change a name.
  const create = statements.insert(accounts).values({
    id: account,
    identityKey: registration.identityKey,
    deviceList: registration.deviceList,
    deviceListSignature: registration.deviceListSignature,
    deviceListVersion: registration.deviceListVersion,
    createdAt: new Date(now).toISOString().slice(0, 10),
  })
  return [
    create,
    ...(inviteCodeHash === undefined ? [] : [spendInvite(statements, inviteCodeHash, account, now)]),
    ...(username === undefined
      ? []
      : [freeHeldUsername(statements, username, account, now), insertUsername(statements, username, account, now)]),
    appendStatement(statements, entries),
  ] as const
}

/** One statement: a code that is unknown, used up or expired yields null, which `code_hash` refuses. */
function spendInvite(statements: Statements, codeHash: Uint8Array, account: string, now: number) {
  const code = sql.param(codeHash, invites.codeHash)
  const moment = sql.param(now, invites.expiresAt)
  return statements.execute(sql`
    with spent as (
      update ${invites} set uses_left = uses_left - 1
      where code_hash = ${code} and uses_left > 0 and (expires_at is null or expires_at > ${moment})
      returning code_hash
    )
    insert into ${inviteRedemptions} (code_hash, account_id) values ((select code_hash from spent), ${account})`)
}

/** 23502: not-null violation. */
function isInviteInvalid(error: unknown): boolean {
  return (
    error instanceof DatabaseStatementError &&
    error.sqlState === '23502' &&
    error.table === 'invite_redemptions' &&
    error.column === 'code_hash'
  )
}

async function whoHoldsTheId(
  db: Database,
  { account, identityKey }: Registration,
): Promise<'alreadyRegistered' | 'accountTaken'> {
  const [holder] = await db.run((statements) =>
    statements.select({ identityKey: accounts.identityKey }).from(accounts).where(eq(accounts.id, account)),
  )
  return holder !== undefined && equalBytes(holder.identityKey, identityKey) ? 'alreadyRegistered' : 'accountTaken'
}
