/**
 * What the engine needs of durable storage: ordered records, and atomic batches of changes.
 *
 * One contract for memory, IndexedDB and Node's file store, held by one suite (`contract.ts`). Records are addressed by
 * `(collection, partition, order)`: an encrypting store can hash the partition and keep the order, and still answer
 * every query here.
 */

/** Plain JSON data: what every store can keep, and what an encrypting store can serialise. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** The collections of an account's store. A name here is a promise of its owner: see `client/sdk/session/records.ts`. */
export type Collection =
  | 'meta'
  | 'session'
  | 'identity'
  | 'prekey'
  | 'deviceList'
  | 'outbox'
  | 'message'
  | 'conversation'
  | 'received'
  | 'quarantine'
  | 'username'
  | 'group'
  | 'groupState'
  | 'keyPackage'
  | 'profile'
  | 'expiry'
  | 'media'

/** Where one record stands. `order` is a safe integer; records of one partition are iterated by it. */
export interface RecordKey {
  readonly collection: Collection
  readonly partition: string
  /** 0 where a partition has one record only. */
  readonly order: number
}

/** A record as read. */
export interface StoredRecord {
  readonly partition: string
  readonly order: number
  readonly value: Json
}

/** One change of a batch. */
export type Change =
  { readonly put: RecordKey; readonly value: Json } | { readonly delete: RecordKey } | { readonly clear: Collection }

/** Which records of a partition to read. Bounds are exclusive. */
export interface RangeOptions {
  readonly after?: number
  readonly before?: number
  /** Newest (highest order) first. */
  readonly reverse?: boolean
  readonly limit?: number
}

/**
 * An account's storage, open in exactly one engine.
 *
 * Opening takes an exclusive lock and fails with {@link StoreLockedError} while another engine has it: two engines
 * stepping one ratchet would break every session. The lock ends with `close` or with the process.
 */
export interface Store {
  /** The record's value, or `undefined`. */
  get(key: RecordKey): Promise<Json | undefined>
  /** Several records in one read, in the order asked for; all from one moment. */
  getMany(keys: readonly RecordKey[]): Promise<readonly (Json | undefined)[]>
  /** The records of one partition by ascending (or descending) `order`. */
  range(collection: Collection, partition: string, options?: RangeOptions): Promise<readonly StoredRecord[]>
  /** All records of a collection, by partition (code unit order) and then `order`. */
  all(collection: Collection): Promise<readonly StoredRecord[]>
  /**
   * Applies all changes or none. Resolves when they would survive a crash of the process (and, for the file store, of
   * the machine). Batches apply in the order of the calls.
   */
  commit(changes: readonly Change[]): Promise<void>
  /** Releases the lock. Idempotent. Any later call rejects with {@link StoreClosedError}. */
  close(): Promise<void>
}

/** Another engine has this store open. */
export class StoreLockedError extends Error {
  override readonly name = 'StoreLockedError'
  readonly code = 'storeLocked'
  constructor(storeName: string) {
    super(`The store "${storeName}" is open in another engine. Close that one first.`)
  }
}

/** The store was closed. */
export class StoreClosedError extends Error {
  override readonly name = 'StoreClosedError'
  readonly code = 'storeClosed'
  constructor() {
    super('The store is closed.')
  }
}
