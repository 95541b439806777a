import { bigint, boolean, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/**
 * Copies of envelopes that have waited in a `UserRelay` inbox. The relay owns them; a row here only serves to rebuild
 * an inbox whose storage was lost, and goes when the envelope is acknowledged or expires.
 *
 * No foreign key: the drain inserts hundreds of rows at once, and a check of each against `accounts` would buy nothing.
 */
export const archivedEnvelopes = pgTable(
  'archived_envelopes',
  {
    accountId: text('account_id').notNull(),
    /** Which life of the inbox `seq` counts in: it changes when the relay's storage is lost. */
    incarnation: text('incarnation').notNull(),
    device: integer('device').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    messageId: text('message_id').notNull(),
    /** Null for sealed envelopes, whose sender the server does not know. */
    senderAccount: text('sender_account'),
    senderDevice: integer('sender_device'),
    /** Ciphertext as base64url, as it stands on the wire. */
    body: text('body').notNull(),
    urgent: boolean('urgent').notNull(),
    acceptedAt: instant('accepted_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    // Also serves the restore, which reads one account in this order.
    primaryKey({ columns: [table.accountId, table.incarnation, table.device, table.seq] }),
    index('archived_envelopes_expires_at').on(table.expiresAt),
  ],
)
