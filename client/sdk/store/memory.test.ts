import { describe, expect, it } from 'vitest'
import { storeContract } from './contract.ts'
import { StoreFailedError, StoreLostError } from './errors.ts'
import { MemoryDisk, openMemoryStore } from './memory.ts'
import { StoreLockedError, type RecordKey } from './store.ts'

const key: RecordKey = { collection: 'meta', partition: '', order: 0 }

storeContract('memory', () => {
  const disk = new MemoryDisk()
  return Promise.resolve({ open: () => disk.open('account'), cleanup: () => Promise.resolve() })
})

describe('memory store', () => {
  it('is one per name in a process, and another on every other disk', async () => {
    const store = await openMemoryStore('memory-test')
    await expect(openMemoryStore('memory-test')).rejects.toThrow(StoreLockedError)
    await store.commit([{ put: key, value: 1 }])
    await store.close()
    const again = await openMemoryStore('memory-test')
    expect(await again.get(key)).toBe(1)
    await again.close()
    expect(await (await openMemoryStore('memory-test', new MemoryDisk())).get(key)).toBeUndefined()
  })

  it('can be made to fail one commit, which applies nothing', async () => {
    const disk = new MemoryDisk()
    const store = await disk.open('a')
    disk.failNextCommit('a')
    await expect(store.commit([{ put: key, value: 1 }])).rejects.toThrow(StoreFailedError)
    expect(await store.get(key)).toBeUndefined()
    await store.commit([{ put: key, value: 2 }])
    expect(await store.get(key)).toBe(2)
  })

  it('keeps what was committed over a crash, and lets nothing through the old store', async () => {
    const disk = new MemoryDisk()
    const old = await disk.open('a')
    await old.commit([{ put: key, value: 1 }])
    disk.crash('a')
    const store = await disk.open('a')
    await expect(old.commit([{ put: key, value: 2 }])).rejects.toThrow(StoreLostError)
    await old.close()
    await expect(disk.open('a')).rejects.toThrow(StoreLockedError)
    expect(await store.get(key)).toBe(1)
  })
})
