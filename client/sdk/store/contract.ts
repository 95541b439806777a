import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { storeModelProperty } from './contract-model.ts'
import { InvalidRecordError } from './errors.ts'
import {
  StoreClosedError,
  StoreLockedError,
  type Change,
  type Json,
  type RangeOptions,
  type RecordKey,
  type Store,
} from './store.ts'

/** One store's data and lock: `open` may be called again after a close, and finds what was committed. */
export interface StoreHarness {
  open(): Promise<Store>
  /** Removes the data. Every store that the suite opened is closed by then. */
  cleanup(): Promise<void>
}

const message = (order: number, partition = 'alice'): RecordKey => ({ collection: 'message', partition, order })
const ordersOf = async (store: Store, options: RangeOptions) =>
  (await store.range('message', 'alice', options)).map((record) => record.order)
const put = (key: RecordKey, value: Json): Change => ({ put: key, value })

const NOT_JSON: readonly (readonly [what: string, value: unknown])[] = [
  ['undefined', undefined],
  ['a function', { run: () => 1 }],
  ['a symbol', Symbol('s')],
  ['a bigint', { n: 1n }],
  ['NaN', [Number.NaN]],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['undefined in an array', [1, undefined]],
  ['an array with a hole', Array(3)],
  ['a date', { at: new Date(0) }],
  ['octets', new Uint8Array(4)],
  ['a map', new Map()],
  ['an instance with toJSON', new URL('https://relay.example/')],
  ['a symbol as a key', { [Symbol('s')]: 1 }],
]

/** The rules of {@link Store}, on any implementation. */
export function storeContract(name: string, create: () => Promise<StoreHarness>): void {
  describe(`store contract: ${name}`, () => {
    let harness: StoreHarness
    let store: Store
    const reopen = async () => {
      await store.close()
      store = await harness.open()
    }

    beforeEach(async () => {
      harness = await create()
      store = await harness.open()
    })
    afterEach(async () => {
      await store.close()
      await harness.cleanup()
    })

    describe('reads', () => {
      it('answers undefined and nothing for what was never written', async () => {
        expect(await store.get(message(1))).toBeUndefined()
        expect(await store.getMany([])).toEqual([])
        expect(await store.getMany([message(1), message(2)])).toEqual([undefined, undefined])
        expect(await store.range('message', 'alice')).toEqual([])
        expect(await store.all('message')).toEqual([])
      })

      it('returns several records in the order asked for, across collections, absent and repeated ones included', async () => {
        const meta: RecordKey = { collection: 'meta', partition: '', order: 0 }
        await store.commit([put(message(1), 'one'), put(message(2), 'two'), put(meta, 'meta')])
        const keys = [message(2), meta, message(3), message(1), message(2)]
        expect(await store.getMany(keys)).toEqual(['two', 'meta', undefined, 'one', 'two'])
      })

      it('reads several records from one moment, while commits change them together', async () => {
        const keys: RecordKey[] = [message(1), { collection: 'session', partition: 'bob', order: 0 }, message(2)]
        await store.commit(keys.map((key) => put(key, 0)))
        const reads: Promise<readonly (Json | undefined)[]>[] = []
        const commits: Promise<void>[] = []
        for (let turn = 1; turn <= 20; turn++) {
          commits.push(store.commit(keys.map((key) => put(key, turn))))
          reads.push(store.getMany(keys))
          await Promise.resolve()
        }
        for (const [first, ...others] of await Promise.all(reads)) expect(others).toEqual([first, first])
        await Promise.all(commits)
      })

      it('sees a commit that was called before the read and not awaited', async () => {
        const commit = store.commit([put(message(1), 'now')])
        expect(await store.get(message(1))).toBe('now')
        expect(await store.range('message', 'alice')).toHaveLength(1)
        await commit
      })

      it('keeps the records of collections and partitions apart', async () => {
        await store.commit([
          put(message(1, 'alice'), 'a'),
          put(message(1, 'alic'), 'b'),
          put(message(1, 'alice '), 'c'),
          put({ collection: 'outbox', partition: 'alice', order: 1 }, 'd'),
        ])
        expect(await store.range('message', 'alice')).toEqual([{ partition: 'alice', order: 1, value: 'a' }])
        expect(await store.range('outbox', 'alice')).toEqual([{ partition: 'alice', order: 1, value: 'd' }])
      })
    })

    describe('ranges', () => {
      beforeEach(async () => {
        await store.commit([30, -5, 10, 0, 20].map((order) => put(message(order), order)))
        await store.commit([put(message(15, 'bob'), 15)])
      })

      it('iterates by order, also below zero', async () => {
        expect(await ordersOf(store, {})).toEqual([-5, 0, 10, 20, 30])
        expect(await ordersOf(store, { reverse: true })).toEqual([30, 20, 10, 0, -5])
      })

      it('excludes its bounds', async () => {
        expect(await ordersOf(store, { after: 0 })).toEqual([10, 20, 30])
        expect(await ordersOf(store, { before: 20 })).toEqual([-5, 0, 10])
        expect(await ordersOf(store, { after: -5, before: 30 })).toEqual([0, 10, 20])
        expect(await ordersOf(store, { after: 1, before: 19 })).toEqual([10])
        expect(await ordersOf(store, { after: 10, before: 10 })).toEqual([])
        expect(await ordersOf(store, { after: 20, before: 0 })).toEqual([])
      })

      it('limits from the end that it starts at', async () => {
        expect(await ordersOf(store, { limit: 2 })).toEqual([-5, 0])
        expect(await ordersOf(store, { limit: 2, reverse: true })).toEqual([30, 20])
        expect(await ordersOf(store, { limit: 2, reverse: true, before: 20 })).toEqual([10, 0])
        expect(await ordersOf(store, { limit: 2, after: 0 })).toEqual([10, 20])
        expect(await ordersOf(store, { limit: 0 })).toEqual([])
        expect(await ordersOf(store, { limit: 99, reverse: true })).toEqual([30, 20, 10, 0, -5])
        expect(await ordersOf(store, { limit: Number.MAX_SAFE_INTEGER })).toHaveLength(5)
      })

      it.each([{ limit: -1 }, { limit: 1.5 }, { limit: Number.NaN }, { after: Number.NaN }, { before: Number.NaN }])(
        'refuses %o by name',
        async (options) => {
          await expect(store.range('message', 'alice', options)).rejects.toThrow(InvalidRecordError)
        },
      )
    })

    describe('keys and values', () => {
      it('keeps the largest and the smallest orders exactly', async () => {
        const extremes = [Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER + 1, 0, Number.MAX_SAFE_INTEGER]
        await store.commit(extremes.map((order) => put(message(order), order)))
        await reopen()
        expect((await store.range('message', 'alice')).map((record) => record.order)).toEqual(extremes)
        expect(await store.get(message(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER)
      })

      it('takes -0 for 0', async () => {
        await store.commit([put(message(-0), 'zero')])
        expect(await store.get(message(0))).toBe('zero')
        expect(await store.range('message', 'alice')).toEqual([{ partition: 'alice', order: 0, value: 'zero' }])
      })

      it('keeps any well-formed partition, and sorts partitions by code unit', async () => {
        // U+FF5E sorts after U+1F600 by code unit, before it by code point and in UTF-8.
        const partitions = [
          '',
          '\0',
          'a\0b',
          'Straße',
          'é',
          'e\u0301',
          "it's; --",
          '\u{1F600}',
          '\uFF5E',
          'x'.repeat(10_000),
        ]
        await store.commit(partitions.map((partition, index) => put(message(index, partition), index)))
        await reopen()
        for (const [index, partition] of partitions.entries()) {
          expect(await store.range('message', partition)).toEqual([{ partition, order: index, value: index }])
        }
        const sorted = [...partitions].sort((a, b) => (a < b ? -1 : 1))
        expect((await store.all('message')).map((record) => record.partition)).toEqual(sorted)
      })

      it('lists a collection by partition and then order', async () => {
        await store.commit(
          [message(2, 'b'), message(-1, 'b'), message(7, 'a'), message(1, 'c')].map((key) => put(key, 1)),
        )
        const listed = (await store.all('message')).map((record) => [record.partition, record.order])
        expect(listed).toEqual([
          ['a', 7],
          ['b', -1],
          ['b', 2],
          ['c', 1],
        ])
      })

      it('returns the JSON that it was given, without undefined properties', async () => {
        const value = {
          text: 'a\0\uD800\u{1F600}"\\',
          n: [-1.5e-7, 2 ** 53],
          deep: { empty: {}, list: [null, [], true] },
        }
        await store.commit([put(message(1), { ...value, gone: undefined, minus: -0 }), put(message(2), null)])
        await reopen()
        expect(await store.get(message(1))).toStrictEqual({ ...value, minus: 0 })
        expect(await store.get(message(2))).toBeNull()
      })

      it('keeps nothing of the objects of its caller, and hands out none of its own', async () => {
        const value = { list: [1] }
        const commit = store.commit([put(message(1), value)])
        value.list.push(2)
        await commit
        const read = (await store.get(message(1))) as { list: number[] }
        read.list.push(3)
        expect(await store.get(message(1))).toEqual({ list: [1] })
      })

      it.each(NOT_JSON)('refuses %s by name and applies nothing of the batch', async (_what, value) => {
        await store.commit([put(message(1), 'old')])
        const batch = [put(message(1), 'new'), put(message(2), value as Json), { clear: 'message' } as const]
        await expect(store.commit(batch)).rejects.toThrow(InvalidRecordError)
        expect(await store.all('message')).toEqual([{ partition: 'alice', order: 1, value: 'old' }])
      })

      it('refuses a cycle by name', async () => {
        const cycle: { self?: Json } = {}
        cycle.self = cycle
        await expect(store.commit([put(message(1), cycle)])).rejects.toThrow(InvalidRecordError)
      })

      it.each([
        { order: 1.5 },
        { order: Number.NaN },
        { order: 2 ** 53 },
        { partition: 'lone \uD800' },
        { collection: 'constructor' as 'message' },
      ])('refuses the key %o by name, in reads too', async (wrong) => {
        const key = { ...message(1), ...wrong }
        await expect(store.commit([put(message(1), 1), { delete: key }])).rejects.toThrow(InvalidRecordError)
        await expect(store.getMany([message(1), key])).rejects.toThrow(InvalidRecordError)
        expect(await store.get(message(1))).toBeUndefined()
      })
    })

    describe('commits', () => {
      it('applies the changes of a batch in their order', async () => {
        await store.commit([put(message(9), 'before'), put({ collection: 'meta', partition: '', order: 0 }, 'kept')])
        await store.commit([
          put(message(1), 'cleared'),
          { clear: 'message' },
          put(message(2), 'a'),
          put(message(2), 'b'),
          put(message(3), 'gone'),
          { delete: message(3) },
          { delete: message(404) },
        ])
        expect(await store.all('message')).toEqual([{ partition: 'alice', order: 2, value: 'b' }])
        expect(await store.all('meta')).toHaveLength(1)
      })

      it('applies concurrent batches in the order of the calls, also where they touch different collections', async () => {
        const finished: number[] = []
        const collections = ['message', 'outbox', 'session'] as const
        await Promise.all(
          Array.from({ length: 30 }, async (_, turn) => {
            const own: RecordKey = { collection: collections[turn % 3] ?? 'message', partition: 'p', order: turn }
            await store.commit([put(own, turn), put({ collection: 'meta', partition: 'last', order: 0 }, turn)])
            finished.push(turn)
          }),
        )
        expect(finished).toEqual(Array.from({ length: 30 }, (_, turn) => turn))
        expect(await store.get({ collection: 'meta', partition: 'last', order: 0 })).toBe(29)
      })

      it('goes on after a refused batch', async () => {
        const refused = store.commit([put(message(1), Number.NaN)])
        const accepted = store.commit([put(message(2), 2)])
        await expect(refused).rejects.toThrow(InvalidRecordError)
        await accepted
        expect(await store.getMany([message(1), message(2)])).toEqual([undefined, 2])
      })

      it('takes an empty batch', async () => {
        await expect(store.commit([])).resolves.toBeUndefined()
      })

      it('takes 5,000 records in one batch, and keeps them over a restart', async () => {
        const batch = Array.from({ length: 5000 }, (_, order) => put(message(order), { order, text: 'x'.repeat(100) }))
        await store.commit(batch)
        await reopen()
        const records = await store.range('message', 'alice')
        expect(records).toHaveLength(5000)
        expect(records[4321]).toEqual({
          partition: 'alice',
          order: 4321,
          value: { order: 4321, text: 'x'.repeat(100) },
        })
        await store.commit(records.map((record) => ({ delete: message(record.order) })))
        expect(await store.all('message')).toEqual([])
      })

      it('finishes the batches in flight before it closes', async () => {
        const commits = [store.commit([put(message(1), 1)]), store.commit([put(message(2), 2)])]
        await reopen()
        expect(await store.getMany([message(1), message(2)])).toEqual([1, 2])
        await Promise.all(commits)
      })
    })

    describe('the lock', () => {
      it('refuses a second engine by name, and leaves the first one alone', async () => {
        await expect(harness.open()).rejects.toThrow(StoreLockedError)
        await store.commit([put(message(1), 'mine')])
        expect(await store.get(message(1))).toBe('mine')
      })

      it('lets exactly one of several simultaneous opens through', async () => {
        await store.close()
        const outcomes = await Promise.allSettled([harness.open(), harness.open(), harness.open()])
        const opened = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
        const refused = outcomes.flatMap((outcome) =>
          outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
        )
        await Promise.all(opened.map((open) => open.close()))
        expect(opened).toHaveLength(1)
        expect(refused.every((reason) => reason instanceof StoreLockedError)).toBe(true)
      })

      it('is free once close has resolved, also where close is called twice', async () => {
        await Promise.all([store.close(), store.close()])
        store = await harness.open()
        await store.commit([put(message(1), 1)])
        expect(await store.get(message(1))).toBe(1)
      })

      it('refuses every call after close by name', async () => {
        await store.close()
        await expect(store.get(message(1))).rejects.toThrow(StoreClosedError)
        await expect(store.getMany([])).rejects.toThrow(StoreClosedError)
        await expect(store.range('message', 'alice')).rejects.toThrow(StoreClosedError)
        await expect(store.all('message')).rejects.toThrow(StoreClosedError)
        await expect(store.commit([])).rejects.toThrow(StoreClosedError)
      })

      it('is not freed by closing a store again after another engine has opened it', async () => {
        const old = store
        await reopen()
        await old.close()
        await expect(harness.open()).rejects.toThrow(StoreLockedError)
      })
    })

    it('answers as a plain model does, whatever the batches and restarts', async () => {
      await expect(storeModelProperty({ current: () => store, reopen })).resolves.toBeUndefined()
    })
  })
}
