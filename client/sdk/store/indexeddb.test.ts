// eslint-disable-next-line import/no-unassigned-import -- its effect is what is wanted: IndexedDB in the global scope
import 'fake-indexeddb/auto'
import { deleteDB, openDB } from 'idb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { COLLECTIONS } from './collections.ts'
import { storeContract } from './contract.ts'
import {
  LocksUnavailableError,
  StoreBlockedError,
  StoreFailedError,
  StoreFullError,
  StoreLostError,
  StoreVersionError,
} from './errors.ts'
import { DATABASE_VERSION, databaseName } from './indexeddb-schema.ts'
import { openIndexedDbStore } from './indexeddb.ts'
import { StoreClosedError, StoreLockedError, type RecordKey, type Store } from './store.ts'

const key: RecordKey = { collection: 'meta', partition: '', order: 0 }
let names = 0
const newName = () => `account-${++names}`

storeContract('IndexedDB', () => {
  const name = newName()
  return Promise.resolve({ open: () => openIndexedDbStore(name), cleanup: () => deleteDB(databaseName(name)) })
})

describe('IndexedDB store: the engine lock', () => {
  it('holds the Web Lock engine:<name> exclusively while open, and not after', async () => {
    const name = newName()
    const store = await openIndexedDbStore(name)
    const held = (await navigator.locks.query()).held?.find((lock) => lock.name === `engine:${name}`)
    expect(held?.mode).toBe('exclusive')
    await store.close()
    expect((await navigator.locks.query()).held?.some((lock) => lock.name === `engine:${name}`)).toBe(false)
  })

  it('waits for an engine that closes in time', async () => {
    const name = newName()
    const first = await openIndexedDbStore(name)
    const waiting = openIndexedDbStore(name, { waitMs: 60_000 })
    await first.commit([{ put: key, value: 'handed over' }])
    await first.close()
    const second = await waiting
    expect(await second.get(key)).toBe('handed over')
    await second.close()
  })

  it('keeps the lock until the batches in flight are durable', async () => {
    const name = newName()
    const store = await openIndexedDbStore(name)
    const events: string[] = []
    const next = navigator.locks.request(`engine:${name}`, () => void events.push('lock free'))
    const commit = store.commit([{ put: key, value: 1 }]).then(() => events.push('committed'))
    await Promise.all([store.close(), next, commit])
    expect(events).toEqual(['committed', 'lock free'])
  })

  it('gives up waiting by name, and queues no longer', async () => {
    const name = newName()
    const first = await openIndexedDbStore(name)
    await expect(openIndexedDbStore(name, { waitMs: 1 })).rejects.toThrow(StoreLockedError)
    await first.close()
    const third = await openIndexedDbStore(name)
    await third.commit([{ put: key, value: 3 }])
    expect(await third.get(key)).toBe(3)
    await third.close()
  })

  it('refuses to open without locks', async () => {
    vi.stubGlobal('navigator', {})
    await expect(openIndexedDbStore(newName())).rejects.toThrow(LocksUnavailableError)
    vi.unstubAllGlobals()
  })

  it('is lost when the lock is stolen', async () => {
    const name = newName()
    const store = await openIndexedDbStore(name)
    await navigator.locks.request(`engine:${name}`, { steal: true }, () => undefined)
    await vi.waitFor(() => expect(store.get(key)).rejects.toThrow(StoreLostError))
    await store.close()
    await expect(store.get(key)).rejects.toThrow(StoreClosedError)
  })

  it('frees the lock when opening fails', async () => {
    const name = newName()
    const newer = await openDB(databaseName(name), DATABASE_VERSION + 1)
    await expect(openIndexedDbStore(name)).rejects.toThrow(StoreVersionError)
    newer.close()
    await deleteDB(databaseName(name))
    await (await openIndexedDbStore(name)).close()
  })
})

describe('IndexedDB store: the database', () => {
  let name: string
  let store: Store
  beforeEach(async () => {
    name = newName()
    store = await openIndexedDbStore(name)
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await store.close()
  })

  it('has one object store per collection; a new collection needs a new database version', async () => {
    const database = await openDB(databaseName(name))
    expect([...database.objectStoreNames]).toEqual([...COLLECTIONS].sort())
    database.close()
    expect({ DATABASE_VERSION, collections: COLLECTIONS.length }).toEqual({ DATABASE_VERSION: 4, collections: 17 })
  })

  it('commits with strict durability, in transactions that all overlap', async () => {
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
    await store.commit([{ put: key, value: 1 }])
    expect(transaction).toHaveBeenCalledExactlyOnceWith(COLLECTIONS, 'readwrite', { durability: 'strict' })
  })

  it('gives way to an upgrade or a deletion elsewhere, and is lost from then on', async () => {
    await store.commit([{ put: key, value: 1 }])
    await deleteDB(databaseName(name))
    await expect(store.get(key)).rejects.toThrow(StoreLostError)
    await expect(store.commit([{ put: key, value: 2 }])).rejects.toThrow(StoreLostError)
    const again = await openIndexedDbStore(name, { waitMs: 60_000 })
    expect(await again.get(key)).toBeUndefined()
    await again.close()
  })

  it('reports an upgrade that another connection blocks, and takes no part in it later', async () => {
    const other = newName()
    // A connection of another program: it holds no engine lock, and ignores versionchange.
    const old = await openDB(databaseName(other), DATABASE_VERSION)
    vi.spyOn(indexedDB, 'open').mockImplementationOnce((path) => indexedDB.open(path, DATABASE_VERSION + 1))
    await expect(openIndexedDbStore(other)).rejects.toThrow(StoreBlockedError)
    const closed = vi.spyOn(IDBDatabase.prototype, 'close')
    old.close()
    // The refused open succeeds now, with nobody to use it.
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(2))
  })

  it.each([
    ['QuotaExceededError', StoreFullError],
    ['UnknownError', StoreFailedError],
  ])('names a commit that fails with %s, applies nothing and goes on', async (platformName, expected) => {
    const second = { ...key, order: 1 }
    let calls = 0
    // `add` stores like `put` where nothing stands yet.
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value: unknown) {
      if (++calls === 2) throw new DOMException('no', platformName)
      return this.add(value)
    })
    const batch = [
      { put: key, value: 1 },
      { put: second, value: 2 },
    ]
    await expect(store.commit(batch)).rejects.toThrow(expected)
    expect(await store.getMany([key, second])).toEqual([undefined, undefined])
    await store.commit(batch)
    expect(await store.getMany([key, second])).toEqual([1, 2])
  })
})
