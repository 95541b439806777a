import { sql } from 'drizzle-orm'
import { check, date, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { bytea } from './columns.ts'

/** Who exists, and the last signed device list that the account's `UserRelay` stored, kept for its restore. */
export const accounts = pgTable(
  'accounts',
  {
    /** 128 random bits as base64url without padding: 22 characters. */
    id: text('id').primaryKey(),
    /** 0x05 ‖ X25519 public key. */
    identityKey: bytea('identity_key').notNull(),
    /** The signed octets exactly as the client sent them: re-encoding would break the signature. */
    deviceList: bytea('device_list').notNull(),
    deviceListSignature: bytea('device_list_signature').notNull(),
    deviceListVersion: integer('device_list_version').notNull(),
    /** A day, not a moment, so that a registration cannot be matched with traffic seen elsewhere. */
    createdAt: date('created_at', { mode: 'string' }).notNull(),
    status: text('status', { enum: ['active', 'suspended'] })
      .notNull()
      .default('active'),
  },
  (table) => [
    check('accounts_id_length', sql`char_length(${table.id}) = 22`),
    check('accounts_identity_key_length', sql`octet_length(${table.identityKey}) = 33`),
    check('accounts_device_list_signature_length', sql`octet_length(${table.deviceListSignature}) = 64`),
    check('accounts_status', sql`${table.status} in ('active', 'suspended')`),
  ],
)
