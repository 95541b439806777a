import { unwrap } from 'idb'
import {
  checkChanges,
  checkCollection,
  checkKey,
  checkPartition,
  checkRange,
  type CheckedChange,
  type CheckedRange,
} from './check.ts'
import { COLLECTIONS } from './collections.ts'
import { LocksUnavailableError, StoreLostError } from './errors.ts'
import { namedError, openDatabase, type Database, type Row } from './indexeddb-schema.ts'
import { fromJsonText } from './json-text.ts'
import {
  StoreClosedError,
  StoreLockedError,
  type Change,
  type Collection,
  type Json,
  type RangeOptions,
  type RecordKey,
  type Store,
  type StoredRecord,
} from './store.ts'
import { holdLock, type ExclusiveLocks, type HeldLock } from './web-lock.ts'

/** The largest count that `getAll` takes (unsigned long). */
const MAX_COUNT = 0xffff_ffff

export interface IndexedDbStoreOptions {
  /** How long to wait for an engine that is closing, in milliseconds. Default 0: refuse at once. */
  readonly waitMs?: number
  /** Default `navigator.locks`. */
  readonly locks?: ExclusiveLocks
}

/**
 * Opens the account's store in the browser, under the exclusive Web Lock `engine:<name>`.
 *
 * @throws StoreLockedError while another tab or worker of the origin has it open
 * @throws LocksUnavailableError where the platform has no Web Locks
 * @throws StoreBlockedError, StoreVersionError, StoreFullError, StoreFailedError
 */
export async function openIndexedDbStore(name: string, options: IndexedDbStoreOptions = {}): Promise<Store> {
  const locks = options.locks ?? platformLocks()
  if (locks === undefined) throw new LocksUnavailableError()
  const store = new IndexedDbStore(name)
  const lock = await holdLock(locks, `engine:${name}`, options.waitMs ?? 0, () => store.lose())
  if (lock === undefined) throw new StoreLockedError(name)
  try {
    const database = await openDatabase(name, () => store.lose())
    store.start(database, lock)
  } catch (error) {
    await lock.release()
    throw error
  }
  return store
}

/** Absent outside secure contexts and in old platforms, whatever the type says. */
function platformLocks(): ExclusiveLocks | undefined {
  return (globalThis.navigator as { readonly locks?: ExclusiveLocks } | undefined)?.locks
}

class IndexedDbStore implements Store {
  readonly #name: string
  /** Set once, by `start`. */
  #database: Database | undefined
  #lock: HeldLock | undefined
  /** Why calls are refused. Set by the first loss, and by `close`. */
  #ended: Error | undefined
  #ending: Promise<void> | undefined
  /** Commits that the browser has not confirmed yet: the lock outlives them. */
  readonly #pending = new Set<Promise<void>>()

  constructor(name: string) {
    this.#name = name
  }

  start(database: Database, lock: HeldLock): void {
    this.#database = database
    this.#lock = lock
    // The lock may have been stolen while the database was being opened.
    if (this.#ended !== undefined) void this.#end()
  }

  async get(key: RecordKey): Promise<Json | undefined> {
    const [value] = await this.getMany([key])
    return value
  }

  async getMany(keys: readonly RecordKey[]): Promise<readonly (Json | undefined)[]> {
    const database = this.#open()
    const checked = keys.map(checkKey)
    if (checked.length === 0) return []
    return this.#named(async () => {
      const collections = new Set(checked.map((key) => key.collection))
      const transaction = database.transaction([...collections], 'readonly')
      const rows = await Promise.all(
        checked.map((key) => transaction.objectStore(key.collection).get([key.partition, key.order])),
      )
      return rows.map((row) => (row === undefined ? undefined : fromJsonText(row.value)))
    })
  }

  async range(collection: Collection, partition: string, options: RangeOptions = {}): Promise<readonly StoredRecord[]> {
    const database = this.#open()
    const range = checkRange(options)
    checkCollection(collection)
    checkPartition(partition)
    if (range.isEmpty) return []
    return this.#named(async () => (await readRange(database, collection, partition, range)).map(toRecord))
  }

  async all(collection: Collection): Promise<readonly StoredRecord[]> {
    const database = this.#open()
    checkCollection(collection)
    // IndexedDB sorts array keys by element and strings by code unit: the order that the contract asks for.
    return this.#named(async () => (await database.getAll(collection)).map(toRecord))
  }

  async commit(changes: readonly Change[]): Promise<void> {
    const database = this.#open()
    const checked = checkChanges(changes)
    if (checked.length === 0) return
    const commit = this.#named(() => write(database, checked))
    this.#pending.add(commit)
    try {
      await commit
    } finally {
      this.#pending.delete(commit)
    }
  }

  close(): Promise<void> {
    this.#ended = new StoreClosedError()
    return this.#end()
  }

  /** The lock or the connection was taken away: nothing may be read or written any more. */
  lose(): void {
    this.#ended ??= new StoreLostError(this.#name)
    void this.#end()
  }

  #end(): Promise<void> {
    const database = this.#database
    if (database === undefined) return Promise.resolve()
    return (this.#ending ??= (async () => {
      await Promise.allSettled(this.#pending)
      database.close()
      await this.#lock?.release()
    })())
  }

  #open(): Database {
    if (this.#ended !== undefined) throw this.#ended
    if (this.#database === undefined) throw new StoreClosedError()
    return this.#database
  }

  async #named<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw this.#ended instanceof StoreLostError ? this.#ended : namedError(this.#name, error)
    }
  }
}

async function readRange(
  database: Database,
  collection: Collection,
  partition: string,
  range: CheckedRange,
): Promise<readonly Row[]> {
  const keys = IDBKeyRange.bound([partition, range.after], [partition, range.before], true, true)
  if (!range.reverse || range.limit > MAX_COUNT) {
    const rows = await database.getAll(collection, keys, range.limit > MAX_COUNT ? undefined : range.limit)
    return range.reverse ? rows.toReversed() : rows
  }
  const rows: Row[] = []
  let cursor = await database.transaction(collection, 'readonly').store.openCursor(keys, 'prev')
  while (cursor !== null) {
    rows.push(cursor.value)
    if (rows.length >= range.limit) break
    cursor = await cursor.continue()
  }
  return rows
}

/**
 * One transaction. It spans all collections, also those that it leaves alone, so that no two overlap: a later batch
 * could otherwise become durable before an earlier one.
 */
async function write(database: Database, changes: readonly CheckedChange[]): Promise<void> {
  const transaction = database.transaction(COLLECTIONS as Collection[], 'readwrite', { durability: 'strict' })
  try {
    for (const change of changes) {
      // Unwrapped: one outcome is awaited, the transaction's; a promise per request would be thousands, each to be caught.
      if (change.kind === 'clear') {
        unwrap(transaction.objectStore(change.collection)).clear()
        continue
      }
      const { collection, partition, order } = change.key
      const records = unwrap(transaction.objectStore(collection))
      if (change.kind === 'delete') records.delete([partition, order])
      else records.put({ partition, order, value: change.text } satisfies Row)
    }
  } catch (error) {
    transaction.abort()
    await transaction.done.catch(() => undefined)
    throw error
  }
  await transaction.done
}

function toRecord({ partition, order, value }: Row): StoredRecord {
  return { partition, order, value: fromJsonText(value) }
}
