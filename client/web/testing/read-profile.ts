/**
 * Everything that this browser profile keeps, as whoever has it and its keys could read it: for tests of what must not be there. No part of the client: nothing
 * imports it. Runs where no engine does, since it takes the stores' locks.
 */

import { COLLECTIONS } from '#sdk/store/collections.ts'
import { openStore } from './open-store.ts'

export interface Profile {
  /** Records of the engine and of the interface, decrypted, as JSON. */
  readonly records: string
  /** Names of all databases, and how many entries each store of theirs has. */
  readonly databases: Readonly<Record<string, number>>
  /** What the caches hold, address and body. */
  readonly caches: readonly string[]
  /** What stands in the storage of strings. */
  readonly strings: string
}

export async function readProfile(): Promise<Profile> {
  const records: unknown[] = []
  for (const which of ['account', 'ui'] as const) {
    const store = await openStore(which)
    try {
      for (const collection of COLLECTIONS) records.push(...(await store.all(collection)))
    } finally {
      await store.close()
    }
  }
  return {
    records: JSON.stringify(records),
    databases: await countEntries(),
    caches: await readCaches(),
    strings: JSON.stringify([localStorage, sessionStorage].map((storage) => Object.entries(storage))),
  }
}

async function countEntries(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await resultOf(indexedDB.open(name))
    for (const store of database.objectStoreNames) {
      counts[`${name} ${store}`] = await resultOf(database.transaction(store).objectStore(store).count())
    }
    database.close()
  }
  return counts
}

async function readCaches(): Promise<string[]> {
  const found: string[] = []
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const request of await cache.keys()) {
      const response = await cache.match(request)
      found.push(`${request.url} ${(await response?.text()) ?? ''}`)
    }
  }
  return found
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB failed')))
  })
}
