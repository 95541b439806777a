/** The arguments of a store, checked once and in one way for all stores. */
import { isCollection } from './collections.ts'
import { InvalidRecordError } from './errors.ts'
import { toJsonText } from './json-text.ts'
import type { Change, Collection, RangeOptions, RecordKey } from './store.ts'

/** A change with its value as text, detached from what the caller passed. */
export type CheckedChange =
  | { readonly kind: 'put'; readonly key: RecordKey; readonly text: string }
  | { readonly kind: 'delete'; readonly key: RecordKey }
  | { readonly kind: 'clear'; readonly collection: Collection }

/** A range with every option decided. `isEmpty` when no order can satisfy it. */
export interface CheckedRange {
  readonly after: number
  readonly before: number
  readonly reverse: boolean
  /** `Infinity` where there is none. */
  readonly limit: number
  readonly isEmpty: boolean
}

export function checkChanges(changes: readonly Change[]): readonly CheckedChange[] {
  return changes.map((change): CheckedChange => {
    if ('put' in change) return { kind: 'put', key: checkKey(change.put), text: toJsonText(change.value) }
    if ('delete' in change) return { kind: 'delete', key: checkKey(change.delete) }
    return { kind: 'clear', collection: checkCollection(change.clear) }
  })
}

export function checkKey(key: RecordKey): RecordKey {
  if (!Number.isSafeInteger(key.order)) throw new InvalidRecordError('The order of a record must be a safe integer.')
  return {
    collection: checkCollection(key.collection),
    partition: checkPartition(key.partition),
    // -0 and 0 are one key in IndexedDB and SQLite, and two in a comparison by Object.is.
    order: key.order === 0 ? 0 : key.order,
  }
}

export function checkCollection(collection: Collection): Collection {
  if (!isCollection(collection)) throw new InvalidRecordError('There is no such collection.')
  return collection
}

export function checkPartition(partition: string): string {
  // A lone surrogate has no UTF-8 form: SQLite, and any hash of the name, would take two such partitions for one.
  if (typeof partition !== 'string' || /\p{Surrogate}/u.test(partition)) {
    throw new InvalidRecordError('A partition must be a well-formed string.')
  }
  return partition
}

export function checkRange(options: RangeOptions): CheckedRange {
  const { after = -Infinity, before = Infinity, reverse = false, limit = Infinity } = options
  if (Number.isNaN(after) || Number.isNaN(before))
    throw new InvalidRecordError('The bounds of a range must be numbers.')
  if (limit !== Infinity && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new InvalidRecordError('The limit of a range must be a whole number of records.')
  }
  return { after, before, reverse, limit, isEmpty: limit === 0 || after >= before }
}
