import type { Migrations } from '../migrations.ts'

/** The SQLite schema of a KeyLog. A migration that was deployed is never edited; the next one is appended. */
export const MIGRATIONS: Migrations = [
  [
    // One row: the log as it was last signed. `map_root` is the last leaf, `at` its time, `entries` the indexes in the map;
    // `published_size` is the size of the checkpoint that R2 has.
    `CREATE TABLE state (
       id INTEGER PRIMARY KEY CHECK (id = 1),
       size INTEGER NOT NULL,
       epoch INTEGER NOT NULL,
       at INTEGER NOT NULL,
       entries INTEGER NOT NULL,
       map_root TEXT NOT NULL,
       checkpoint TEXT NOT NULL,
       published_size INTEGER NOT NULL
     )`,
    // What was taken and waits for the next batch, in the order of its coming.
    `CREATE TABLE pending (
       arrival INTEGER PRIMARY KEY AUTOINCREMENT,
       account_index TEXT NOT NULL,
       version INTEGER NOT NULL,
       commitment TEXT NOT NULL,
       UNIQUE (account_index, version)
     )`,
    // The leaves of device lists, by what they are asked for.
    `CREATE TABLE lists (
       account_index TEXT NOT NULL,
       version INTEGER NOT NULL,
       position INTEGER NOT NULL,
       commitment TEXT NOT NULL,
       PRIMARY KEY (account_index, version)
     ) WITHOUT ROWID`,
    // Tiles and bundles, each as wide as it is now; `published_width` is how wide R2 has it. The key is made in tree-store.ts.
    `CREATE TABLE tiles (
       slot INTEGER PRIMARY KEY,
       width INTEGER NOT NULL,
       published_width INTEGER NOT NULL,
       bytes TEXT NOT NULL
     )`,
    `CREATE INDEX tiles_unpublished ON tiles (slot) WHERE published_width < width`,
    `CREATE TABLE map_pages (path TEXT PRIMARY KEY, page TEXT NOT NULL) WITHOUT ROWID`,
  ],
  [
    // Witnesses by their verifier keys. `stands`: the size from which each has to be shown growth; then the newest checkpoint that it
    // has cosigned (size 0 for none), and its signature line.
    `CREATE TABLE witnesses (
       witness TEXT PRIMARY KEY,
       stands INTEGER NOT NULL,
       size INTEGER NOT NULL,
       checkpoint TEXT NOT NULL,
       line TEXT NOT NULL
     ) WITHOUT ROWID`,
    // Cosignatures under the checkpoint that R2 has.
    `ALTER TABLE state ADD COLUMN published_cosignatures INTEGER NOT NULL DEFAULT 0`,
  ],
  [
    // Builds of the web client: SHA-256 of each one's manifest, where its leaf is, and when it was logged.
    `CREATE TABLE manifests (
       sequence INTEGER PRIMARY KEY,
       digest TEXT NOT NULL,
       position INTEGER NOT NULL,
       at INTEGER NOT NULL
     )`,
    `CREATE INDEX manifests_by_digest ON manifests (digest, sequence)`,
    `CREATE TABLE pending_manifests (arrival INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL UNIQUE)`,
  ],
]
