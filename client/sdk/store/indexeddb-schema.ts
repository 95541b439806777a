import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import { COLLECTIONS } from './collections.ts'
import { StoreBlockedError, StoreFailedError, StoreFullError, StoreVersionError } from './errors.ts'
import type { Collection } from './store.ts'

/** A record as IndexedDB keeps it. The value is JSON text, as in every store, so that all return the same data. */
export interface Row {
  readonly partition: string
  readonly order: number
  readonly value: string
}

interface Schema extends DBSchema, Record<Collection, { key: [partition: string, order: number]; value: Row }> {}

export type Database = IDBPDatabase<Schema>

/** Raise it with every new collection: the object stores of {@link COLLECTIONS} that do not exist yet are then made. */
export const DATABASE_VERSION = 4

/** The name of the IndexedDB database of a store. */
export function databaseName(storeName: string): string {
  return `silentrelay:${storeName}`
}

/**
 * Opens the database, and upgrades it when it is older.
 *
 * @param onTaken called when the connection ended from outside: another one deletes or upgrades the database (ours is
 *   closed at once, so as not to block it), or the browser evicted it
 * @throws StoreBlockedError, StoreVersionError, StoreFullError, StoreFailedError
 */
export function openDatabase(storeName: string, onTaken: () => void): Promise<Database> {
  return new Promise((resolve, reject) => {
    let isBlocked = false
    const opening = openDB<Schema>(databaseName(storeName), DATABASE_VERSION, {
      upgrade: (database) => {
        for (const collection of COLLECTIONS) {
          if (!database.objectStoreNames.contains(collection)) {
            database.createObjectStore(collection, { keyPath: ['partition', 'order'] })
          }
        }
      },
      blocked: () => {
        isBlocked = true
        reject(new StoreBlockedError(storeName))
      },
      blocking: (_current, _wanted, event) => {
        ;(event.target as IDBDatabase).close()
        onTaken()
      },
      terminated: onTaken,
    })
    opening.then(
      // A refused open cannot be withdrawn: it may still succeed once the other connection ends.
      (database) => (isBlocked ? database.close() : resolve(database)),
      (error: unknown) => reject(namedError(storeName, error)),
    )
  })
}

/** The named error for what IndexedDB reports: by the name of the exception (Indexed Database API 3.0, section 3). */
export function namedError(storeName: string, cause: unknown): Error {
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : ''
  if (name === 'QuotaExceededError') return new StoreFullError(storeName, { cause })
  if (name === 'VersionError') return new StoreVersionError(storeName, DATABASE_VERSION, { cause })
  return new StoreFailedError(storeName, { cause })
}
