import type { Migrations } from '../migrations.ts'
import { BUCKETS_TABLE } from '../rates/kept-buckets.ts'

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
  [
    // Groups that a device has to be told of (`group-news.ts`).
    `CREATE TABLE group_news (
       device INTEGER NOT NULL,
       group_id TEXT NOT NULL,
       PRIMARY KEY (device, group_id)
     ) WITHOUT ROWID`,
    // Devices whose greeted socket has not ended in the relay's sight: one that is found here when the next socket is
    // greeted was lost in a crash, and with it what had been pushed.
    `CREATE TABLE group_connections (device INTEGER PRIMARY KEY)`,
  ],
  [
    // MLS key packages, and for each ciphersuite the one of last resort and the highest id ever uploaded.
    `CREATE TABLE key_packages (
       device INTEGER NOT NULL,
       suite INTEGER NOT NULL,
       id INTEGER NOT NULL,
       body TEXT NOT NULL,
       PRIMARY KEY (device, suite, id)
     ) WITHOUT ROWID`,
    `CREATE TABLE key_package_suites (
       device INTEGER NOT NULL,
       suite INTEGER NOT NULL,
       last_resort TEXT,
       highest_id INTEGER NOT NULL,
       PRIMARY KEY (device, suite)
     ) WITHOUT ROWID`,
    // Like `prekey_takers`.
    `CREATE TABLE key_package_takers (
       account TEXT PRIMARY KEY,
       tokens REAL NOT NULL,
       at INTEGER NOT NULL
     ) WITHOUT ROWID`,
  ],
  [
    // One table of buckets for all rates; those of before begin full.
    BUCKETS_TABLE,
    'DROP TABLE prekey_takers',
    'DROP TABLE key_package_takers',
  ],
  [
    // At most one row: the verifiers of the delivery keys that open this account's inboxes.
    `CREATE TABLE delivery_keys (
       id INTEGER PRIMARY KEY CHECK (id = 1),
       version INTEGER NOT NULL,
       verifier TEXT NOT NULL,
       former TEXT,
       former_until INTEGER
     )`,
    // Delivery tokens that were spent on this account. Rows go when their key retires; keys up to the one in the second
    // table have.
    `CREATE TABLE spent_tokens (
       key_id INTEGER NOT NULL,
       hash TEXT NOT NULL,
       PRIMARY KEY (key_id, hash)
     ) WITHOUT ROWID`,
    `CREATE TABLE retired_token_keys (id INTEGER PRIMARY KEY CHECK (id = 1), up_to INTEGER NOT NULL)`,
    // At most one row: how many tokens this account took today, and the hash of its last request.
    `CREATE TABLE token_quota (
       id INTEGER PRIMARY KEY CHECK (id = 1),
       day INTEGER NOT NULL,
       taken INTEGER NOT NULL,
       last_request TEXT NOT NULL
     )`,
  ],
  [
    // Events for the audit log (`audit-outbox.ts`). Numbers are not used again: one that is under way stands for its event.
    `CREATE TABLE audit_outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL)`,
    // Events for which there was no room.
    `ALTER TABLE account ADD COLUMN audit_dropped INTEGER NOT NULL DEFAULT 0`,
  ],
  [
    // Device lists that wait to be logged (key-log-outbox.ts); and which log has the account's up to which version, with the pauses
    // between attempts.
    `CREATE TABLE key_log_outbox (version INTEGER PRIMARY KEY, bytes TEXT NOT NULL)`,
    `CREATE TABLE key_log (
       id INTEGER PRIMARY KEY CHECK (id = 1),
       log TEXT NOT NULL,
       logged_version INTEGER NOT NULL,
       failures INTEGER NOT NULL,
       due_at INTEGER NOT NULL
     )`,
  ],
  [
    // Where the account stands in that log: computing it takes milliseconds.
    `ALTER TABLE key_log ADD COLUMN account_index TEXT`,
  ],
  [
    // At most one row: what the watch has put upon the account (restriction.ts).
    `CREATE TABLE restrictions (id INTEGER PRIMARY KEY CHECK (id = 1), level TEXT NOT NULL, until INTEGER NOT NULL)`,
  ],
  [
    // Where devices are woken, and when next (push-desk.ts).
    `CREATE TABLE push_targets (
       device INTEGER PRIMARY KEY,
       id TEXT NOT NULL,
       target TEXT NOT NULL,
       expires_at INTEGER,
       due_at INTEGER,
       pushed_at INTEGER NOT NULL
     )`,
  ],
  [
    // When the first entry that is urgent was left for the device; null when none is.
    `ALTER TABLE group_news ADD COLUMN urgent_at INTEGER`,
  ],
  [
    // In which week (since the epoch) the device last renewed its signed prekey; or, of one from before this was kept, was first looked after.
    `ALTER TABLE devices ADD COLUMN renewed_week INTEGER`,
  ],
]
