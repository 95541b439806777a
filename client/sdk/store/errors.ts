/**
 * What a store can refuse or fail with, besides {@link StoreLockedError} and {@link StoreClosedError} of `store.ts`.
 * Messages name the store and the rule, never a record's partition or value.
 */

/** Fix: the caller passed a key, value or range that no store can keep. Nothing was applied. */
export class InvalidRecordError extends Error {
  override readonly name = 'InvalidRecordError'
  readonly code = 'invalidRecord'
}

/** Make room, then retry: the disk or the origin's quota is exhausted. Nothing of the batch was applied. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError'
  readonly code = 'storeFull'
  constructor(storeName: string, options?: ErrorOptions) {
    super(`The store "${storeName}" has no room left.`, options)
  }
}

/** Update the program: the data were written by a newer version, which this one could damage. */
export class StoreVersionError extends Error {
  override readonly name = 'StoreVersionError'
  readonly code = 'storeVersion'
  constructor(storeName: string, supported: number, options?: ErrorOptions) {
    super(
      `The store "${storeName}" has a newer version than ${supported}, the newest that this program reads.`,
      options,
    )
  }
}

/** Close the other tabs, then retry: a connection that holds no engine lock keeps the schema from being upgraded. */
export class StoreBlockedError extends Error {
  override readonly name = 'StoreBlockedError'
  readonly code = 'storeBlocked'
  constructor(storeName: string) {
    super(`Another connection keeps the store "${storeName}" from being upgraded.`)
  }
}

/** Open again: the store was taken away while open (deleted or upgraded elsewhere, evicted, or its lock was stolen). */
export class StoreLostError extends Error {
  override readonly name = 'StoreLostError'
  readonly code = 'storeLost'
  constructor(storeName: string) {
    super(`The store "${storeName}" was taken away while it was open.`)
  }
}

/** Give up: without locks, two engines could step one ratchet. */
export class LocksUnavailableError extends Error {
  override readonly name = 'LocksUnavailableError'
  readonly code = 'locksUnavailable'
  constructor() {
    super('Web Locks are not available here (no secure context?): the store cannot be opened safely.')
  }
}

/** The platform failed in a way that has no name of its own (input/output, corruption): see `cause`. */
export class StoreFailedError extends Error {
  override readonly name = 'StoreFailedError'
  readonly code = 'storeFailed'
  constructor(storeName: string, options: ErrorOptions) {
    super(`The store "${storeName}" failed.`, options)
  }
}
