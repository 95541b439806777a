import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'

/**
 * Objects in the storage of media, and uploads that may become some. No account, no recipient and no message: whose an object
 * is, and for whom, nobody tells the relay.
 */
export const mediaObjects = pgTable(
  'media_objects',
  {
    /** Hash of the capability that fetches it. */
    name: bytea('name').primaryKey(),
    /** Octets that it has, or shall have once it is complete. */
    bytes: integer('bytes').notNull(),
    /** The storage's name for the upload, as long as it is not complete. */
    uploadId: text('upload_id'),
    /** Hash of the secret that uploads and ends it. */
    releaseVerifier: bytea('release_verifier').notNull(),
    /** How long it is kept once it is complete. */
    hours: integer('hours').notNull(),
    /** To the full hour, so that it does not tell the moment of the upload. */
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    check('media_objects_name_length', sql`octet_length(${table.name}) = 32`),
    check('media_objects_release_verifier_length', sql`octet_length(${table.releaseVerifier}) = 32`),
    check('media_objects_bytes', sql`${table.bytes} > 0`),
    index('media_objects_expires_at').on(table.expiresAt),
  ],
)

/** Tokens that paid for objects. Which of them, is not kept. */
export const mediaSpentTokens = pgTable(
  'media_spent_tokens',
  {
    /** 16 octets of a hash of the token's nonce. */
    hash: bytea('hash').primaryKey(),
    /** The week in which it was issued: two weeks later it counts no more, and need not be remembered. */
    keyId: integer('key_id').notNull(),
  },
  (table) => [
    check('media_spent_tokens_hash_length', sql`octet_length(${table.hash}) = 16`),
    index('media_spent_tokens_key_id').on(table.keyId),
  ],
)
