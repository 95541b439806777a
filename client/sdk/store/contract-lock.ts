import { describe, expect, it } from 'vitest'
import { message, put, type ContractSubject } from './contract-subject.ts'
import { StoreClosedError, StoreLockedError } from './store.ts'

/** One engine at a time, and nothing after close. */
export function lockRules(subject: ContractSubject): void {
  describe('the lock', () => {
    it('refuses a second engine by name, and leaves the first one alone', async () => {
      await expect(subject.open()).rejects.toThrow(StoreLockedError)
      await subject.store.commit([put(message(1), 'mine')])
      expect(await subject.store.get(message(1))).toBe('mine')
    })

    it('lets exactly one of several simultaneous opens through', async () => {
      await subject.store.close()
      const outcomes = await Promise.allSettled([subject.open(), subject.open(), subject.open()])
      const opened = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
      await Promise.all(opened.map((open) => open.close()))
      expect(opened).toHaveLength(1)
      expect(refused.every((reason) => reason instanceof StoreLockedError)).toBe(true)
    })

    it('is free once close has resolved, also where close is called twice', async () => {
      await Promise.all([subject.store.close(), subject.store.close()])
      await subject.reopen()
      await subject.store.commit([put(message(1), 1)])
      expect(await subject.store.get(message(1))).toBe(1)
    })

    it('refuses every call after close by name', async () => {
      await subject.store.close()
      await expect(subject.store.get(message(1))).rejects.toThrow(StoreClosedError)
      await expect(subject.store.getMany([])).rejects.toThrow(StoreClosedError)
      await expect(subject.store.range('message', 'alice')).rejects.toThrow(StoreClosedError)
      await expect(subject.store.all('message')).rejects.toThrow(StoreClosedError)
      await expect(subject.store.commit([])).rejects.toThrow(StoreClosedError)
    })

    it('is not freed by closing a store again after another engine has opened it', async () => {
      const old = subject.store
      await subject.reopen()
      await old.close()
      await expect(subject.open()).rejects.toThrow(StoreLockedError)
    })
  })
}
