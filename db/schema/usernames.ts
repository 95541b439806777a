import { sql } from 'drizzle-orm'
import { check, pgTable, text } from 'drizzle-orm/pg-core'
import { accounts } from './accounts.ts'
import { instant } from './columns.ts'

/** Claimed names, and released ones that are still held back from everybody but their last owner. */
export const usernames = pgTable(
  'usernames',
  {
    /** Normalised and case-folded: what is compared. */
    canonical: text('canonical').primaryKey(),
    /** The confusable skeleton (UTS #39): two names that look alike share it, so only one of them can exist. */
    skeleton: text('skeleton').notNull().unique('usernames_skeleton_unique'),
    /** As its owner writes it. */
    display: text('display').notNull(),
    /** Null while the name is held back. */
    accountId: text('account_id')
      .unique('usernames_account_id_unique')
      .references(() => accounts.id, { onDelete: 'restrict' }),
    claimedAt: instant('claimed_at').notNull(),
    releasedAt: instant('released_at'),
    /** The one account that may claim the name again before the hold ends. */
    releasedBy: text('released_by').references(() => accounts.id, { onDelete: 'set null' }),
  },
  (table) => [
    check('usernames_owned_or_released', sql`(${table.accountId} is null) = (${table.releasedAt} is not null)`),
  ],
)
