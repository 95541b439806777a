import type { Change, Json, RecordKey, Store } from './store.ts'

/** The store that a rule of the contract tries, fresh for each test. */
export interface ContractSubject {
  /** The open store; another one after `reopen`. */
  readonly store: Store
  /** Closes the store and opens it again, as a restart does. */
  reopen(): Promise<void>
  /** One more open of the same data, as another engine would. */
  open(): Promise<Store>
}

export const message = (order: number, partition = 'alice'): RecordKey => ({ collection: 'message', partition, order })
export const put = (key: RecordKey, value: Json): Change => ({ put: key, value })
