/** What a notice says that nobody could describe, in the language of the page that asked for pushes: written by it, read by the service worker. */

const DATABASE = 'silentrelay-news'
const STORE = 'texts'
const PLAIN = 'plain'

async function inStore<T>(mode: IDBTransactionMode, use: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opened = indexedDB.open(DATABASE, 1)
  opened.addEventListener('upgradeneeded', () => opened.result.createObjectStore(STORE))
  const database = await done(opened)
  try {
    return await done(use(database.transaction(STORE, mode).objectStore(STORE)))
  } finally {
    database.close()
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB failed')))
  })
}

export async function keepPlainText(text: string): Promise<void> {
  await inStore('readwrite', (store) => store.put(text, PLAIN))
}

/** `undefined` when none was written, or the browser threw it away. */
export async function plainText(): Promise<string | undefined> {
  const kept: unknown = await inStore('readonly', (store) => store.get(PLAIN)).catch(() => undefined)
  return typeof kept === 'string' ? kept : undefined
}
