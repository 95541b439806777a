import { checkChanges, checkCollection, checkKey, checkPartition, checkRange } from '#sdk/store/check.ts'
import { fromJsonText } from '#sdk/store/json-text.ts'
import {
  StoreClosedError,
  type Change,
  type Collection,
  type Json,
  type RangeOptions,
  type RecordKey,
  type Store,
  type StoredRecord,
} from '#sdk/store/store.ts'
import { RecordCipher, RecordSealError, type SealedPlace } from './record-cipher.ts'

/**
 * A store that keeps every value encrypted in another one. The other sees collections, orders, the number and the sizes of
 * records, and which of them share a partition; no partition's name and no value.
 *
 * @param outer open, and used by nobody else; closed with this store
 * @param storeName bound into every record: the records of one store do not open in another
 * @param dataKey 32 octets; not kept, and the caller may erase it afterwards
 * @throws RecordSealError when the outer store was filled under another key; it stays open then
 */
export async function openEncryptingStore(outer: Store, storeName: string, dataKey: Uint8Array): Promise<Store> {
  const store = new EncryptingStore(outer, await RecordCipher.create(storeName, dataKey))
  // Under another key every partition has another name: a full store would look like an empty one, and be written over.
  await store.all('meta')
  return store
}

class EncryptingStore implements Store {
  readonly #outer: Store
  readonly #cipher: RecordCipher
  #isClosed = false
  /**
   * Settles when every batch so far was handed to the outer store. Values are sealed before that (an IndexedDB
   * transaction commits itself while WebCrypto is awaited), batches are handed over in the order of the calls, and a read
   * waits for those that were called before it.
   */
  #handedOver: Promise<void> = Promise.resolve()

  constructor(outer: Store, cipher: RecordCipher) {
    this.#outer = outer
    this.#cipher = cipher
  }

  async get(key: RecordKey): Promise<Json | undefined> {
    const [value] = await this.getMany([key])
    return value
  }

  async getMany(keys: readonly RecordKey[]): Promise<readonly (Json | undefined)[]> {
    this.#requireOpen()
    const checked = keys.map(checkKey)
    const hidden = checked.map((key) => this.#hide(key))
    await this.#handedOver
    const sealed = await this.#outer.getMany(hidden)
    return Promise.all(
      sealed.map(async (value, at) => {
        const key = hidden[at]
        if (value === undefined || key === undefined) return undefined
        const { partition, text } = await this.#cipher.open(placeOf(key), value)
        if (partition !== checked[at]?.partition) throw new RecordSealError(key.collection)
        return fromJsonText(text)
      }),
    )
  }

  async range(collection: Collection, partition: string, options: RangeOptions = {}): Promise<readonly StoredRecord[]> {
    this.#requireOpen()
    const hidden = this.#cipher.hide(checkCollection(collection), checkPartition(partition))
    const range = { ...options }
    if (checkRange(range).isEmpty) return []
    await this.#handedOver
    return this.#openAll(collection, await this.#outer.range(collection, hidden, range))
  }

  async all(collection: Collection): Promise<readonly StoredRecord[]> {
    this.#requireOpen()
    checkCollection(collection)
    await this.#handedOver
    const records = await this.#openAll(collection, await this.#outer.all(collection))
    // The outer store has them by their hidden names. Within a partition they are in order, and the sort is stable.
    return [...records].sort((a, b) => (a.partition === b.partition ? 0 : a.partition < b.partition ? -1 : 1))
  }

  async commit(changes: readonly Change[]): Promise<void> {
    this.#requireOpen()
    const checked = checkChanges(changes)
    const sealing = Promise.all(
      checked.map(async (change): Promise<Change> => {
        if (change.kind === 'clear') return { clear: change.collection }
        const key = this.#hide(change.key)
        if (change.kind === 'delete') return { delete: key }
        return { put: key, value: await this.#cipher.seal(placeOf(key), change.key.partition, change.text) }
      }),
    )
    const before = this.#handedOver
    const handing = before.then(async () => {
      const sealed = await sealing
      return { committed: this.#outer.commit(sealed) }
    })
    // A batch that fails is its caller's; those behind it go on.
    this.#handedOver = handing.then(
      () => undefined,
      () => undefined,
    )
    const { committed } = await handing
    await committed
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#handedOver
    await this.#outer.close()
  }

  async #openAll(collection: Collection, records: readonly StoredRecord[]): Promise<StoredRecord[]> {
    return Promise.all(
      records.map(async ({ partition: hidden, order, value }) => {
        const { partition, text } = await this.#cipher.open({ collection, hidden, order }, value)
        if (this.#cipher.hide(collection, partition) !== hidden) throw new RecordSealError(collection)
        return { partition, order, value: fromJsonText(text) }
      }),
    )
  }

  #hide({ collection, partition, order }: RecordKey): RecordKey {
    return { collection, partition: this.#cipher.hide(collection, partition), order }
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new StoreClosedError()
  }
}

function placeOf({ collection, partition, order }: RecordKey): SealedPlace {
  return { collection, hidden: partition, order }
}
