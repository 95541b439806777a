import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { checkChanges, checkCollection, checkKey, checkPartition, checkRange, type CheckedChange } from '../check.ts'
import { fromJsonText } from '../json-text.ts'
import {
  StoreClosedError,
  type Change,
  type Collection,
  type Json,
  type RangeOptions,
  type RecordKey,
  type Store,
  type StoredRecord,
} from '../store.ts'
import { openDatabase, namedError, type FileStoreOptions } from './file-database.ts'

export type { FileStoreOptions } from './file-database.ts'

/**
 * Opens the account's store in one SQLite file (readable by its owner only), locked for this engine alone.
 *
 * The lock is SQLite's own: it works between processes and threads of one machine, not on a network file system. On POSIX
 * systems a process must not open the file by other means while the store is open: closing any descriptor of a file drops the
 * process's locks on it (sqlite.org/howtocorrupt.html, section 2.2).
 *
 * Calls block the thread while the disk syncs: it is meant for bots, tests and tools.
 *
 * @throws StoreLockedError while another engine has the file open
 * @throws StoreVersionError when a newer program wrote it
 * @throws StoreFullError, StoreFailedError (not a store's file, no permission, corruption)
 */
export async function openFileStore(path: string, options: FileStoreOptions = {}): Promise<Store> {
  return new FileStore(path, openDatabase(path, options))
}

/** A row of the statements that read several records. */
interface Row {
  readonly partition: string
  readonly position: number
  readonly value: string
}

function prepare(database: DatabaseSync) {
  const range = (direction: 'ASC' | 'DESC') =>
    database.prepare(
      `SELECT partition, position, value FROM record
       WHERE collection = ? AND partition = ? AND position > ? AND position < ? ORDER BY position ${direction} LIMIT ?`,
    )
  return {
    get: database.prepare('SELECT value FROM record WHERE collection = ? AND partition = ? AND position = ?'),
    ascending: range('ASC'),
    descending: range('DESC'),
    all: database.prepare(
      'SELECT partition, position, value FROM record WHERE collection = ? ORDER BY partition, position',
    ),
    put: database.prepare('INSERT OR REPLACE INTO record (collection, partition, position, value) VALUES (?, ?, ?, ?)'),
    delete: database.prepare('DELETE FROM record WHERE collection = ? AND partition = ? AND position = ?'),
    clear: database.prepare('DELETE FROM record WHERE collection = ?'),
  } satisfies Record<string, StatementSync>
}

class FileStore implements Store {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #statements: ReturnType<typeof prepare>

  constructor(path: string, database: DatabaseSync) {
    this.#path = path
    this.#database = database
    this.#statements = prepare(database)
  }

  async get(key: RecordKey): Promise<Json | undefined> {
    return this.#run(() => this.#read(key))
  }

  async getMany(keys: readonly RecordKey[]): Promise<readonly (Json | undefined)[]> {
    // One turn of the event loop on the only connection: nothing can be committed in between.
    return this.#run(() => keys.map((key) => this.#read(key)))
  }

  async range(collection: Collection, partition: string, options: RangeOptions = {}): Promise<readonly StoredRecord[]> {
    const { after, before, reverse, limit } = checkRange(options)
    return this.#run(() =>
      this.#statements[reverse ? 'descending' : 'ascending']
        .all(checkCollection(collection), checkPartition(partition), after, before, limit === Infinity ? -1 : limit)
        .map(toRecord),
    )
  }

  async all(collection: Collection): Promise<readonly StoredRecord[]> {
    const records = this.#run(() => this.#statements.all.all(checkCollection(collection)).map(toRecord))
    // SQLite compares UTF-8 octets, which is the order of code points; the contract's order is that of code units.
    return records.sort((a, b) =>
      a.partition === b.partition ? a.order - b.order : a.partition < b.partition ? -1 : 1,
    )
  }

  async commit(changes: readonly Change[]): Promise<void> {
    const checked = checkChanges(changes)
    this.#run(() => {
      if (checked.length > 0) this.#write(checked)
    })
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close()
  }

  #write(changes: readonly CheckedChange[]): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      for (const change of changes) this.#apply(change)
      this.#database.exec('COMMIT')
    } catch (error) {
      // SQLite has already rolled back by itself after some failures, a full disk among them.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  #apply(change: CheckedChange): void {
    if (change.kind === 'clear') {
      this.#statements.clear.run(change.collection)
      return
    }
    const { collection, partition, order } = change.key
    if (change.kind === 'put') this.#statements.put.run(collection, partition, order, change.text)
    else this.#statements.delete.run(collection, partition, order)
  }

  #read(key: RecordKey): Json | undefined {
    const { collection, partition, order } = checkKey(key)
    const row = this.#statements.get.get(collection, partition, order) as { readonly value: string } | undefined
    return row === undefined ? undefined : fromJsonText(row.value)
  }

  #run<T>(work: () => T): T {
    if (!this.#database.isOpen) throw new StoreClosedError()
    try {
      return work()
    } catch (error) {
      throw namedError(this.#path, error)
    }
  }
}

function toRecord(row: unknown): StoredRecord {
  const { partition, position, value } = row as Row
  return { partition, order: position, value: fromJsonText(value) }
}
