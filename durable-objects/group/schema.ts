import type { Migrations } from '../migrations.ts'

/** The SQLite schema of a GroupRelay. A migration that was deployed is never edited; the next one is appended. */
export const MIGRATIONS: Migrations = [
  [
    // One row. `first_seq`: entries before it were deleted. `fanned_upto`: entries up to it were pushed, or their news left, to
    // everybody; written now and then, so that what a crash interrupted is done again.
    `CREATE TABLE state (
       id INTEGER PRIMARY KEY CHECK (id = 1),
       group_id TEXT NOT NULL,
       suite INTEGER NOT NULL,
       creator_account TEXT NOT NULL,
       creator_device INTEGER NOT NULL,
       epoch INTEGER NOT NULL,
       send_key TEXT NOT NULL,
       policy_add TEXT NOT NULL,
       first_seq INTEGER NOT NULL,
       fanned_upto INTEGER NOT NULL
     )`,
    `CREATE TABLE accounts (
       account TEXT PRIMARY KEY,
       role TEXT NOT NULL,
       has_left INTEGER NOT NULL
     ) WITHOUT ROWID`,
    // `joined_at`: the seq of the commit that took the device in; it reads what follows. `cursor`: what it has, as far as it was
    // reported. `removed_at`: the seq of the commit that took it out, up to which it may read; null while it is a member.
    // `away`: its relay has news for it, so that it need not be pushed to until it fetches.
    `CREATE TABLE devices (
       account TEXT NOT NULL,
       device INTEGER NOT NULL,
       joined_at INTEGER NOT NULL,
       has_welcome INTEGER NOT NULL,
       cursor INTEGER NOT NULL,
       removed_at INTEGER,
       away INTEGER NOT NULL,
       PRIMARY KEY (account, device)
     ) WITHOUT ROWID`,
    // One row for each commit and message: its id is the seq. Bodies are kept as they travel. `size` stands before the body, so that
    // summing sizes does not read the pages that a long body overflows to. `change` and `send_key` are null but for commits.
    `CREATE TABLE log (
       seq INTEGER PRIMARY KEY,
       message_id TEXT NOT NULL,
       epoch INTEGER NOT NULL,
       at INTEGER NOT NULL,
       size INTEGER NOT NULL,
       change TEXT,
       send_key TEXT,
       body TEXT NOT NULL
     )`,
    // Welcomes (by the seq of their commit) and boxes (by their link), in parts below SQLite's limit for a row.
    `CREATE TABLE blobs (
       name TEXT NOT NULL,
       part INTEGER NOT NULL,
       text TEXT NOT NULL,
       PRIMARY KEY (name, part)
     ) WITHOUT ROWID`,
    // Accounts whose relay did not take a push: they are left news as soon as it answers.
    `CREATE TABLE owed (account TEXT PRIMARY KEY, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL) WITHOUT ROWID`,
    // Links into the group; for one device (a rejoin offer, which has an end), or for everybody.
    `CREATE TABLE links (
       link TEXT PRIMARY KEY,
       for_account TEXT,
       for_device INTEGER,
       expires_at INTEGER
     ) WITHOUT ROWID`,
  ],
  [
    // Whether the message may wake sleeping devices.
    `ALTER TABLE log ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0`,
    // When the relay of a device that is away was last told of something urgent; null when it was not since the device fetched.
    `ALTER TABLE devices ADD COLUMN urged_at INTEGER`,
    // Whether something urgent is among what the account is owed.
    `ALTER TABLE owed ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0`,
  ],
]
