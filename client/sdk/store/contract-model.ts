import * as fc from 'fast-check'
import { expect } from 'vitest'
import type { ContractSubject } from './contract-subject.ts'
import type { Change, Collection, Json, RangeOptions, RecordKey, StoredRecord } from './store.ts'

const collections = ['message', 'meta', 'session'] as const satisfies readonly Collection[]

/** Few keys, so that batches meet; every kind of key among them. */
const key: fc.Arbitrary<RecordKey> = fc.record({
  collection: fc.constantFrom(...collections),
  partition: fc.constantFrom('', 'a', 'a\0', '\u{1F600}', '\uFFFD'),
  order: fc.oneof(fc.integer({ min: -3, max: 5 }), fc.constantFrom(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
})
// A key named __proto__ is a case for the JSON text's own test: the comparison here could not see it.
const value = fc.jsonValue({ maxDepth: 2 }).map((json) => JSON.parse(JSON.stringify(json)) as Json)
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ put: key, value }) },
  { weight: 3, arbitrary: fc.record({ delete: key }) },
  { weight: 1, arbitrary: fc.record({ clear: fc.constantFrom(...collections) }) },
)
const bound = fc.integer({ min: -4, max: 6 })
const range = fc.record(
  { after: bound, before: bound, reverse: fc.boolean(), limit: fc.integer({ min: 0, max: 4 }) },
  { requiredKeys: [] },
)

type Step =
  | { readonly kind: 'commit'; readonly batches: readonly (readonly Change[])[] }
  | { readonly kind: 'restart' }
  | { readonly kind: 'range'; readonly key: RecordKey; readonly options: RangeOptions }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      batches: fc.array(fc.array(change, { maxLength: 8 }), { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('range' as const), key, options: range }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
)

/** What a store must answer, in the simplest way: a list of records. */
class Model {
  #records: (RecordKey & { readonly value: Json })[] = []

  apply(batch: readonly Change[]): void {
    for (const made of batch) {
      if ('clear' in made) {
        this.#records = this.#records.filter((record) => record.collection !== made.clear)
        continue
      }
      const target = 'put' in made ? made.put : made.delete
      this.#records = this.#records.filter((record) => !isSame(record, target))
      if ('put' in made) this.#records.push({ ...made.put, value: made.value })
    }
  }

  all(collection: Collection): StoredRecord[] {
    return this.#records
      .filter((record) => record.collection === collection)
      .map((record) => ({ partition: record.partition, order: record.order, value: record.value }))
      .sort((a, b) => (a.partition === b.partition ? a.order - b.order : a.partition < b.partition ? -1 : 1))
  }

  range(collection: Collection, partition: string, options: RangeOptions): StoredRecord[] {
    const found = this.all(collection).filter(
      (record) =>
        record.partition === partition &&
        (options.after === undefined || record.order > options.after) &&
        (options.before === undefined || record.order < options.before),
    )
    return (options.reverse === true ? found.toReversed() : found).slice(0, options.limit)
  }
}

function isSame(a: RecordKey, b: RecordKey): boolean {
  return a.collection === b.collection && a.partition === b.partition && a.order === b.order
}

/** Random batches (some in flight together), ranges and restarts; the whole content is compared after each run. */
export function storeModelProperty(subject: ContractSubject): Promise<void> {
  return fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const model = new Model()
      await subject.store.commit(collections.map((collection) => ({ clear: collection })))
      for (const taken of steps) {
        if (taken.kind === 'restart') {
          await subject.reopen()
        } else if (taken.kind === 'commit') {
          await Promise.all(taken.batches.map((batch) => subject.store.commit(batch)))
          for (const batch of taken.batches) model.apply(batch)
        } else {
          const { collection, partition } = taken.key
          const expected = model.range(collection, partition, taken.options)
          expect(await subject.store.range(collection, partition, taken.options)).toEqual(expected)
          const whole = model.range(collection, partition, {}).find((record) => record.order === taken.key.order)
          expect(await subject.store.get(taken.key)).toEqual(whole?.value)
        }
      }
      for (const collection of collections) {
        expect(await subject.store.all(collection)).toEqual(model.all(collection))
      }
    }),
    { numRuns: 60 },
  )
}
