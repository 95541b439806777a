import { describe, expect, it } from 'vitest'
import { message, put, type ContractSubject } from './contract-subject.ts'
import { InvalidRecordError } from './errors.ts'
import type { Json } from './store.ts'

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

/** Which keys and values a store keeps, and which it refuses. */
export function recordRules(subject: ContractSubject): void {
  describe('keys and values', () => {
    it('keeps the largest and the smallest orders exactly', async () => {
      const extremes = [Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER + 1, 0, Number.MAX_SAFE_INTEGER]
      await subject.store.commit(extremes.map((order) => put(message(order), order)))
      await subject.reopen()
      expect((await subject.store.range('message', 'alice')).map((record) => record.order)).toEqual(extremes)
      expect(await subject.store.get(message(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER)
    })

    it('takes -0 for 0', async () => {
      await subject.store.commit([put(message(-0), 'zero')])
      expect(await subject.store.get(message(0))).toBe('zero')
      expect(await subject.store.range('message', 'alice')).toEqual([{ partition: 'alice', order: 0, value: 'zero' }])
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
      await subject.store.commit(partitions.map((partition, index) => put(message(index, partition), index)))
      await subject.reopen()
      for (const [index, partition] of partitions.entries()) {
        expect(await subject.store.range('message', partition)).toEqual([{ partition, order: index, value: index }])
      }
      const sorted = [...partitions].sort((a, b) => (a < b ? -1 : 1))
      expect((await subject.store.all('message')).map((record) => record.partition)).toEqual(sorted)
    })

    it('lists a collection by partition and then order', async () => {
      await subject.store.commit(
        [message(2, 'b'), message(-1, 'b'), message(7, 'a'), message(1, 'c')].map((key) => put(key, 1)),
      )
      const listed = (await subject.store.all('message')).map((record) => [record.partition, record.order])
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
      await subject.store.commit([put(message(1), { ...value, gone: undefined, minus: -0 }), put(message(2), null)])
      await subject.reopen()
      expect(await subject.store.get(message(1))).toStrictEqual({ ...value, minus: 0 })
      expect(await subject.store.get(message(2))).toBeNull()
    })

    it('keeps nothing of the objects of its caller, and hands out none of its own', async () => {
      const value = { list: [1] }
      const commit = subject.store.commit([put(message(1), value)])
      value.list.push(2)
      await commit
      const read = (await subject.store.get(message(1))) as { list: number[] }
      read.list.push(3)
      expect(await subject.store.get(message(1))).toEqual({ list: [1] })
    })

    it.each(NOT_JSON)('refuses %s by name and applies nothing of the batch', async (_what, value) => {
      await subject.store.commit([put(message(1), 'old')])
      const batch = [put(message(1), 'new'), put(message(2), value as Json), { clear: 'message' } as const]
      await expect(subject.store.commit(batch)).rejects.toThrow(InvalidRecordError)
      expect(await subject.store.all('message')).toEqual([{ partition: 'alice', order: 1, value: 'old' }])
    })

    it('refuses a cycle by name', async () => {
      const cycle: { self?: Json } = {}
      cycle.self = cycle
      await expect(subject.store.commit([put(message(1), cycle)])).rejects.toThrow(InvalidRecordError)
    })

    it.each([
      { order: 1.5 },
      { order: Number.NaN },
      { order: 2 ** 53 },
      { partition: 'lone \uD800' },
      { collection: 'constructor' as 'message' },
    ])('refuses the key %o by name, in reads too', async (wrong) => {
      const key = { ...message(1), ...wrong }
      await expect(subject.store.commit([put(message(1), 1), { delete: key }])).rejects.toThrow(InvalidRecordError)
      await expect(subject.store.getMany([message(1), key])).rejects.toThrow(InvalidRecordError)
      expect(await subject.store.get(message(1))).toBeUndefined()
    })
  })
}
