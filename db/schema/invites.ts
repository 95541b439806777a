import { sql } from 'drizzle-orm'
import { check, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { accounts } from './accounts.ts'
import { bytea, instant } from './columns.ts'

/** Admission codes of an invite-only relay. Only their hash is kept: a copy of the table admits nobody. */
export const invites = pgTable(
  'invites',
  {
    /** SHA-256 of the code. */
    codeHash: bytea('code_hash').primaryKey(),
    usesLeft: integer('uses_left').notNull(),
    /** Null: never. */
    expiresAt: instant('expires_at'),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [
    check('invites_code_hash_length', sql`octet_length(${table.codeHash}) = 32`),
    check('invites_uses_left', sql`${table.usesLeft} >= 0`),
  ],
)

/** Which code admitted an account. One row per account: a registration spends at most one use. */
export const inviteRedemptions = pgTable('invite_redemptions', {
  codeHash: bytea('code_hash')
    .notNull()
    .references(() => invites.codeHash, { onDelete: 'cascade' }),
  accountId: text('account_id')
    .primaryKey()
    .references(() => accounts.id, { onDelete: 'cascade' }),
})
