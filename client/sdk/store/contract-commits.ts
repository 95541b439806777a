import { describe, expect, it } from 'vitest'
import { message, put, type ContractSubject } from './contract-subject.ts'
import { InvalidRecordError } from './errors.ts'
import type { RecordKey } from './store.ts'

/** Atomicity, order and durability of batches. */
export function commitRules(subject: ContractSubject): void {
  describe('commits', () => {
    it('applies the changes of a batch in their order', async () => {
      await subject.store.commit([
        put(message(9), 'before'),
        put({ collection: 'meta', partition: '', order: 0 }, 'kept'),
      ])
      await subject.store.commit([
        put(message(1), 'cleared'),
        { clear: 'message' },
        put(message(2), 'a'),
        put(message(2), 'b'),
        put(message(3), 'gone'),
        { delete: message(3) },
        { delete: message(404) },
      ])
      expect(await subject.store.all('message')).toEqual([{ partition: 'alice', order: 2, value: 'b' }])
      expect(await subject.store.all('meta')).toHaveLength(1)
    })

    it('applies concurrent batches in the order of the calls, also where they touch different collections', async () => {
      const finished: number[] = []
      const collections = ['message', 'outbox', 'session'] as const
      await Promise.all(
        Array.from({ length: 30 }, async (_, turn) => {
          const own: RecordKey = { collection: collections[turn % 3] ?? 'message', partition: 'p', order: turn }
          await subject.store.commit([put(own, turn), put({ collection: 'meta', partition: 'last', order: 0 }, turn)])
          finished.push(turn)
        }),
      )
      expect(finished).toEqual(Array.from({ length: 30 }, (_, turn) => turn))
      expect(await subject.store.get({ collection: 'meta', partition: 'last', order: 0 })).toBe(29)
    })

    it('goes on after a refused batch', async () => {
      const refused = subject.store.commit([put(message(1), Number.NaN)])
      const accepted = subject.store.commit([put(message(2), 2)])
      await expect(refused).rejects.toThrow(InvalidRecordError)
      await accepted
      expect(await subject.store.getMany([message(1), message(2)])).toEqual([undefined, 2])
    })

    it('takes an empty batch', async () => {
      await expect(subject.store.commit([])).resolves.toBeUndefined()
    })

    it('takes 5,000 records in one batch, and keeps them over a restart', async () => {
      const batch = Array.from({ length: 5000 }, (_, order) => put(message(order), { order, text: 'x'.repeat(100) }))
      await subject.store.commit(batch)
      await subject.reopen()
      const records = await subject.store.range('message', 'alice')
      expect(records).toHaveLength(5000)
      expect(records[4321]).toEqual({
        partition: 'alice',
        order: 4321,
        value: { order: 4321, text: 'x'.repeat(100) },
      })
      await subject.store.commit(records.map((record) => ({ delete: message(record.order) })))
      expect(await subject.store.all('message')).toEqual([])
    })

    it('finishes the batches in flight before it closes', async () => {
      const commits = [subject.store.commit([put(message(1), 1)]), subject.store.commit([put(message(2), 2)])]
      await subject.reopen()
      expect(await subject.store.getMany([message(1), message(2)])).toEqual([1, 2])
      await Promise.all(commits)
    })
  })
}
