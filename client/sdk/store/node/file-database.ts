import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreFailedError, StoreFullError, StoreVersionError } from '../errors.ts'
import { StoreLockedError } from '../store.ts'

export interface FileStoreOptions {
  /** The file grows no larger than this many octets, in pages of 4,096; then {@link StoreFullError}. Default: the disk. */
  readonly maxBytes?: number
}

/** SQLite result codes, by their low octet (sqlite.org/rescode.html). */
const SQLITE_BUSY = 5
const SQLITE_FULL = 13

const PAGE_SIZE = 4096
/** "SRLY" in the file's header: no other program's database is ever taken for a store and changed. */
const APPLICATION_ID = 0x5352_4c59

/** One step per schema version, from an empty file on. Append only. */
const MIGRATIONS = [
  `CREATE TABLE record (
     collection TEXT NOT NULL,
     partition TEXT NOT NULL,
     position INTEGER NOT NULL,
     value TEXT NOT NULL,
     PRIMARY KEY (collection, partition, position)
   ) STRICT, WITHOUT ROWID`,
]
export const SCHEMA_VERSION = MIGRATIONS.length

/** Opens and locks the file, making it and its folder when they do not exist. Throws the named errors of `openFileStore`. */
export function openDatabase(path: string, options: FileStoreOptions): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    makePrivateFile(path)
    // Refused at once: a wait would block the thread.
    database = new DatabaseSync(path, { timeout: 0 })
    prepareDatabase(database, path, options)
    return database
  } catch (error) {
    if (database?.isOpen === true) database.close()
    throw namedError(path, error)
  }
}

/** The named error for what SQLite or the file system reports, by its code. Errors that have a name already stay. */
export function namedError(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('code' in cause)) return cause
  if (cause.code === 'ENOSPC' || cause.code === 'EDQUOT') return new StoreFullError(path, { cause })
  if (cause.code === 'ERR_SQLITE_ERROR' && 'errcode' in cause) {
    const primary = Number(cause.errcode) & 0xff
    if (primary === SQLITE_BUSY) return new StoreLockedError(path)
    if (primary === SQLITE_FULL) return new StoreFullError(path, { cause })
    return new StoreFailedError(path, { cause })
  }
  return 'syscall' in cause ? new StoreFailedError(path, { cause }) : cause
}

/** Private keys live in it: 0600, in a folder of 0700 where the folder is made here. SQLite gives its log the same mode. */
function makePrivateFile(path: string): void {
  const folder = dirname(resolve(path))
  const firstMade = mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    chmodSync(path, 0o600)
  }
  if (firstMade !== undefined) syncFolders(folder, dirname(firstMade))
}

/** Makes new folders survive a crash of the machine; SQLite itself syncs only the one that holds the file. */
function syncFolders(from: string, to: string): void {
  if (process.platform === 'win32') return
  for (let folder = from; ; folder = dirname(folder)) {
    const descriptor = openSync(folder, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    if (folder === to || folder === dirname(folder)) return
  }
}

function prepareDatabase(database: DatabaseSync, path: string, options: FileStoreOptions): void {
  // secure_delete: a ratchet's deleted keys must not stay readable in free pages.
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON')
  // Takes the lock, which exclusive mode then keeps until the file is closed.
  database.exec('BEGIN EXCLUSIVE')
  const version = pragma(database, 'user_version')
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
  if (!isEmpty && pragma(database, 'application_id') !== APPLICATION_ID) {
    throw new StoreFailedError(path, { cause: new Error('The file is a database of another program.') })
  }
  if (version > SCHEMA_VERSION) throw new StoreVersionError(path, SCHEMA_VERSION)
  database.exec('COMMIT')
  database.exec('PRAGMA journal_mode = WAL')
  if (options.maxBytes !== undefined) {
    database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(options.maxBytes / PAGE_SIZE))}`)
  }
  if (version === SCHEMA_VERSION) return
  database.exec('BEGIN IMMEDIATE')
  for (const migration of MIGRATIONS.slice(version)) database.exec(migration)
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
}

function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name])
}
