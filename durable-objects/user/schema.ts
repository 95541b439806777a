import type { Migrations } from '../migrations.ts'

/** The SQLite schema of a UserRelay. A migration that was deployed is never edited; the next one is appended. */

/**
 * An envelope's primary key is its device and seq in one integer, `device * 2^36 + seq`: a rowid table costs one row
 * written per envelope where a composite key costs two. 16 bits of device and 36 of seq stay within 2^53.
 */
const SLOT_SPAN = 2 ** 36

/** The key of an envelope. */
export function slotOf(device: number, seq: number): number {
  return device * SLOT_SPAN + seq
}

/** The seq of an envelope's key. */
export function seqOf(slot: number): number {
  return slot % SLOT_SPAN
}

export const MIGRATIONS: Migrations = [
  [
    // One row. `archived_list_version` is the device list that Postgres has; the drain fields are its backoff; `restored`
    // says that Postgres still has the copies of an earlier incarnation.
    `CREATE TABLE account (
       id INTEGER PRIMARY KEY CHECK (id = 1),
       account TEXT NOT NULL,
       incarnation TEXT NOT NULL,
       list_bytes TEXT NOT NULL,
       list_signature TEXT NOT NULL,
       highest_device INTEGER NOT NULL,
       archived_list_version INTEGER NOT NULL,
       drain_failures INTEGER NOT NULL DEFAULT 0,
       drain_at INTEGER NOT NULL DEFAULT 0,
       deduplication_due INTEGER,
       restored INTEGER NOT NULL DEFAULT 0
     )`,
    // What the relay knows of a device beyond the signed list. `archived_upto`: envelopes up to it were copied to Postgres
    // if they were still waiting then; `archive_attempted_upto`: or may have been, by a call whose answer was lost;
    // `archive_cleared_upto`: and were deleted there again.
    `CREATE TABLE devices (
       id INTEGER PRIMARY KEY,
       token_epoch INTEGER NOT NULL DEFAULT 1,
       next_seq INTEGER NOT NULL DEFAULT 1,
       archived_upto INTEGER NOT NULL DEFAULT 0,
       archive_attempted_upto INTEGER NOT NULL DEFAULT 0,
       archive_cleared_upto INTEGER NOT NULL DEFAULT 0,
       signed_prekey_id INTEGER,
       signed_prekey_key TEXT,
       signed_prekey_signature TEXT,
       highest_prekey_id INTEGER NOT NULL DEFAULT 0
     )`,
    `CREATE TABLE one_time_prekeys (
       device INTEGER NOT NULL,
       id INTEGER NOT NULL,
       public_key TEXT NOT NULL,
       PRIMARY KEY (device, id)
     ) WITHOUT ROWID`,
    // Bodies are kept as they travel, in base64url: a third more octets, and no conversion on either way. `size` stands
    // before the body, so that summing sizes does not read the pages that a long body overflows to.
    `CREATE TABLE inbox (
       slot INTEGER PRIMARY KEY,
       message_id TEXT NOT NULL,
       from_account TEXT,
       from_device INTEGER,
       accepted_at INTEGER NOT NULL,
       urgent INTEGER NOT NULL,
       size INTEGER NOT NULL,
       body TEXT NOT NULL
     )`,
    `CREATE TABLE gaps (
       device INTEGER NOT NULL,
       from_seq INTEGER NOT NULL,
       to_seq INTEGER NOT NULL,
       reason TEXT NOT NULL,
       PRIMARY KEY (device, from_seq)
     ) WITHOUT ROWID`,
    `CREATE TABLE deduplication (
       message_id TEXT PRIMARY KEY,
       payload_hash TEXT NOT NULL,
       accepted_at INTEGER NOT NULL
     ) WITHOUT ROWID`,
    `CREATE TABLE tickets (
       secret_hash TEXT PRIMARY KEY,
       device INTEGER NOT NULL,
       token_epoch INTEGER NOT NULL,
       expires_at INTEGER NOT NULL
     ) WITHOUT ROWID`,
    // Token buckets of accounts that take prekeys with one-time keys; a full bucket has no row.
    `CREATE TABLE prekey_takers (
       account TEXT PRIMARY KEY,
       tokens REAL NOT NULL,
       at INTEGER NOT NULL
     ) WITHOUT ROWID`,
  ],
]
