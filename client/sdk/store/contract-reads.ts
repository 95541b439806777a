import { beforeEach, describe, expect, it } from 'vitest'
import { message, put, type ContractSubject } from './contract-subject.ts'
import { InvalidRecordError } from './errors.ts'
import type { Json, RangeOptions, RecordKey, Store } from './store.ts'

const ordersOf = async (store: Store, options: RangeOptions) =>
  (await store.range('message', 'alice', options)).map((record) => record.order)

/** Reads of single records, of several at once, and of ranges. */
export function readRules(subject: ContractSubject): void {
  describe('reads', () => {
    it('answers undefined and nothing for what was never written', async () => {
      expect(await subject.store.get(message(1))).toBeUndefined()
      expect(await subject.store.getMany([])).toEqual([])
      expect(await subject.store.getMany([message(1), message(2)])).toEqual([undefined, undefined])
      expect(await subject.store.range('message', 'alice')).toEqual([])
      expect(await subject.store.all('message')).toEqual([])
    })

    it('returns several records in the order asked for, across collections, absent and repeated ones included', async () => {
      const meta: RecordKey = { collection: 'meta', partition: '', order: 0 }
      await subject.store.commit([put(message(1), 'one'), put(message(2), 'two'), put(meta, 'meta')])
      const keys = [message(2), meta, message(3), message(1), message(2)]
      expect(await subject.store.getMany(keys)).toEqual(['two', 'meta', undefined, 'one', 'two'])
    })

    it('reads several records from one moment, while commits change them together', async () => {
      const keys: RecordKey[] = [message(1), { collection: 'session', partition: 'bob', order: 0 }, message(2)]
      await subject.store.commit(keys.map((key) => put(key, 0)))
      const reads: Promise<readonly (Json | undefined)[]>[] = []
      const commits: Promise<void>[] = []
      for (let turn = 1; turn <= 20; turn++) {
        commits.push(subject.store.commit(keys.map((key) => put(key, turn))))
        reads.push(subject.store.getMany(keys))
        await Promise.resolve()
      }
      for (const [first, ...others] of await Promise.all(reads)) expect(others).toEqual([first, first])
      await Promise.all(commits)
    })

    it('sees a commit that was called before the read and not awaited', async () => {
      const commit = subject.store.commit([put(message(1), 'now')])
      expect(await subject.store.get(message(1))).toBe('now')
      expect(await subject.store.range('message', 'alice')).toHaveLength(1)
      await commit
    })

    it('keeps the records of collections and partitions apart', async () => {
      await subject.store.commit([
        put(message(1, 'alice'), 'a'),
        put(message(1, 'alic'), 'b'),
        put(message(1, 'alice '), 'c'),
        put({ collection: 'outbox', partition: 'alice', order: 1 }, 'd'),
      ])
      expect(await subject.store.range('message', 'alice')).toEqual([{ partition: 'alice', order: 1, value: 'a' }])
      expect(await subject.store.range('outbox', 'alice')).toEqual([{ partition: 'alice', order: 1, value: 'd' }])
    })
  })

  describe('ranges', () => {
    beforeEach(async () => {
      await subject.store.commit([30, -5, 10, 0, 20].map((order) => put(message(order), order)))
      await subject.store.commit([put(message(15, 'bob'), 15)])
    })

    it('iterates by order, also below zero', async () => {
      expect(await ordersOf(subject.store, {})).toEqual([-5, 0, 10, 20, 30])
      expect(await ordersOf(subject.store, { reverse: true })).toEqual([30, 20, 10, 0, -5])
    })

    it('excludes its bounds', async () => {
      expect(await ordersOf(subject.store, { after: 0 })).toEqual([10, 20, 30])
      expect(await ordersOf(subject.store, { before: 20 })).toEqual([-5, 0, 10])
      expect(await ordersOf(subject.store, { after: -5, before: 30 })).toEqual([0, 10, 20])
      expect(await ordersOf(subject.store, { after: 1, before: 19 })).toEqual([10])
      expect(await ordersOf(subject.store, { after: 10, before: 10 })).toEqual([])
      expect(await ordersOf(subject.store, { after: 20, before: 0 })).toEqual([])
    })

    it('limits from the end that it starts at', async () => {
      expect(await ordersOf(subject.store, { limit: 2 })).toEqual([-5, 0])
      expect(await ordersOf(subject.store, { limit: 2, reverse: true })).toEqual([30, 20])
      expect(await ordersOf(subject.store, { limit: 2, reverse: true, before: 20 })).toEqual([10, 0])
      expect(await ordersOf(subject.store, { limit: 2, after: 0 })).toEqual([10, 20])
      expect(await ordersOf(subject.store, { limit: 0 })).toEqual([])
      expect(await ordersOf(subject.store, { limit: 99, reverse: true })).toEqual([30, 20, 10, 0, -5])
      expect(await ordersOf(subject.store, { limit: Number.MAX_SAFE_INTEGER })).toHaveLength(5)
    })

    it.each([{ limit: -1 }, { limit: 1.5 }, { limit: Number.NaN }, { after: Number.NaN }, { before: Number.NaN }])(
      'refuses %o by name',
      async (options) => {
        await expect(subject.store.range('message', 'alice', options)).rejects.toThrow(InvalidRecordError)
      },
    )
  })
}
