import { and, asc, eq, gt, lt } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { accounts } from '../schema/accounts.ts'

export type AccountStatus = 'active' | 'suspended'

/** An account's device list as its identity key signed it. */
export interface SignedDeviceList {
  bytes: Uint8Array
  /** XEdDSA, 64 octets. */
  signature: Uint8Array
  version: number
}

/** What a `UserRelay` that lost its storage needs to know again. */
export interface StoredAccount {
  account: string
  /** 33 octets. */
  identityKey: Uint8Array
  deviceList: SignedDeviceList
  status: AccountStatus
}

/** The account, or undefined. */
export async function findAccount(db: Database, account: string): Promise<StoredAccount | undefined> {
  const [row] = await db.run((statements) =>
    statements.select().from(accounts).where(eq(accounts.id, account)).limit(1),
  )
  if (row === undefined) return undefined
  const { identityKey, deviceList, deviceListSignature, deviceListVersion, status } = row
  return {
    account: row.id,
    identityKey,
    deviceList: { bytes: deviceList, signature: deviceListSignature, version: deviceListVersion },
    status,
  }
}

/** The account's standing, or undefined when there is none of this id. */
export async function accountStatus(db: Database, account: string): Promise<AccountStatus | undefined> {
  const [row] = await db.run((statements) =>
    statements.select({ status: accounts.status }).from(accounts).where(eq(accounts.id, account)).limit(1),
  )
  return row?.status
}

/** Ids of active accounts after one, in their order: a page of a walk through all of them. */
export async function activeAccountsAfter(db: Database, after: string, limit: number): Promise<string[]> {
  const rows = await db.run((statements) =>
    statements
      .select({ id: accounts.id })
      .from(accounts)
      .where(and(gt(accounts.id, after), eq(accounts.status, 'active')))
      .orderBy(asc(accounts.id))
      .limit(limit),
  )
  return rows.map(({ id }) => id)
}

/**
 * Keeps a newer device list. Versions only grow: `stale` says that the same or a newer one is stored already, which a
 * late retry of an earlier save can ignore.
 */
export async function saveDeviceList(
  db: Database,
  { account, bytes, signature, version }: SignedDeviceList & { account: string },
): Promise<'saved' | 'stale' | 'unknownAccount'> {
  const [saved, known] = await db.run((statements) =>
    statements.batch([
      statements
        .update(accounts)
        .set({ deviceList: bytes, deviceListSignature: signature, deviceListVersion: version })
        .where(and(eq(accounts.id, account), lt(accounts.deviceListVersion, version)))
        .returning({ id: accounts.id }),
      statements.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, account)).limit(1),
    ]),
  )
  if (saved.length > 0) return 'saved'
  return known.length > 0 ? 'stale' : 'unknownAccount'
}
