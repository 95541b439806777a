import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { StoreFailedError, StoreFullError } from '../store/errors.ts'
import { StoreClosedError } from '../store/store.ts'
import type { MediaStore } from './media-store.ts'

interface Schema extends DBSchema {
  chunk: { key: [object: string, index: number]; value: ArrayBuffer }
}

/** The name of the IndexedDB database of a store. */
export function mediaDatabaseName(name: string): string {
  return `silentrelay:media:${name}`
}

/** Keeps chunks in the browser. Opened by the first call: most starts need no file. The account's lock is its lock too. */
export function openIndexedDbMediaStore(name: string): MediaStore {
  return new IndexedDbMediaStore(name)
}

class IndexedDbMediaStore implements MediaStore {
  readonly #name: string
  #database: Promise<IDBPDatabase<Schema>> | undefined
  #isClosed = false

  constructor(name: string) {
    this.#name = name
  }

  write(object: string, index: number, sealed: Uint8Array): Promise<void> {
    return this.#run(async (database) => {
      const transaction = database.transaction('chunk', 'readwrite', { durability: 'strict' })
      // A copy of exactly these octets: a view would bring all that is behind it.
      await Promise.all([transaction.store.put(Uint8Array.from(sealed).buffer, [object, index]), transaction.done])
    })
  }

  read(object: string, index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#run(async (database) => {
      const chunk = await database.get('chunk', [object, index])
      return chunk && new Uint8Array(chunk)
    })
  }

  count(object: string): Promise<number> {
    return this.#run(async (database) => {
      const keys = await database.getAllKeys('chunk', rangeOf(object))
      const gap = keys.findIndex(([, index], at) => index !== at)
      return gap === -1 ? keys.length : gap
    })
  }

  delete(object: string): Promise<void> {
    return this.#run((database) => database.delete('chunk', rangeOf(object)))
  }

  objects(): Promise<string[]> {
    return this.#run(async (database) => {
      const objects: string[] = []
      // From object to object: a large file has a hundred keys.
      let cursor = await database.transaction('chunk').store.openKeyCursor()
      while (cursor !== null) {
        const [object] = cursor.key
        objects.push(object)
        cursor = await cursor.continue([object, Infinity])
      }
      return objects
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const database = await this.#database?.catch(() => undefined)
    database?.close()
  }

  async #run<T>(task: (database: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new StoreClosedError()
    try {
      this.#database ??= this.#connect()
      return await task(await this.#database)
    } catch (cause) {
      const name = cause instanceof Error || cause instanceof DOMException ? cause.name : ''
      if (name === 'QuotaExceededError') throw new StoreFullError(this.#name, { cause })
      throw new StoreFailedError(this.#name, { cause })
    }
  }

  /** A connection that failed, or ended from outside, is made anew by the next call. */
  #connect(): Promise<IDBPDatabase<Schema>> {
    const ended = (): void => {
      this.#database = undefined
    }
    const opening = openDB<Schema>(mediaDatabaseName(this.#name), 1, {
      upgrade: (database) => void database.createObjectStore('chunk'),
      blocking: (_current, _wanted, event) => {
        ;(event.target as IDBDatabase).close()
        ended()
      },
      terminated: ended,
    })
    opening.catch(ended)
    return opening
  }
}

/** All chunks of an object: in IndexedDB arrays are sorted after numbers. */
function rangeOf(object: string): IDBKeyRange {
  return IDBKeyRange.bound([object, 0], [object, Infinity])
}
