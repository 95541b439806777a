// eslint-disable-next-line import/no-unassigned-import -- its effect is what is wanted: IndexedDB in the global scope
import 'fake-indexeddb/auto'
import { deleteDB } from 'idb'
import { describe, expect, it } from 'vitest'
import { storeContract } from '#sdk/store/contract.ts'
import { databaseName } from '#sdk/store/indexeddb-schema.ts'
import { openIndexedDbStore } from '#sdk/store/indexeddb.ts'
import { MemoryDisk } from '#sdk/store/memory.ts'
import type { RecordKey, Store } from '#sdk/store/store.ts'
import { openEncryptingStore } from './encrypting-store.ts'
import { RecordSealError } from './record-cipher.ts'

const dataKey = new Uint8Array(32).fill(7)
const key: RecordKey = { collection: 'message', partition: 'alice', order: 1 }
let names = 0

async function open(name: string): Promise<Store> {
  return openEncryptingStore(await openIndexedDbStore(name), name, dataKey)
}

storeContract('encrypting, on IndexedDB', () => {
  const name = `encrypted-${++names}`
  return Promise.resolve({ open: () => open(name), cleanup: () => deleteDB(databaseName(name)) })
})

/** A store whose disk can be looked at, and tampered with, from outside. */
async function onDisk() {
  const disk = new MemoryDisk()
  const outer = await disk.open('s')
  return { outer, store: await openEncryptingStore(outer, 's', dataKey) }
}

describe('encrypting store', () => {
  it('leaves neither a value nor the name of a partition in the clear', async () => {
    const { outer, store } = await onDisk()
    await store.commit([{ put: key, value: { body: 'a secret that must not be seen' } }])
    const [raw] = await outer.all('message')
    if (raw === undefined) throw new Error('no record')
    expect(raw.order).toBe(1)
    const text = JSON.stringify(raw)
    expect(text).not.toContain('alice')
    expect(text).not.toContain('secret')
    expect(atob((raw.value as string).replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('secret')
  })

  it('writes the same value differently each time', async () => {
    const { outer, store } = await onDisk()
    await store.commit([{ put: key, value: 1 }])
    const [first] = await outer.all('message')
    await store.commit([{ put: key, value: 1 }])
    const [second] = await outer.all('message')
    expect(second?.value).not.toBe(first?.value)
  })

  it('names the same partition differently in each collection', async () => {
    const { outer, store } = await onDisk()
    await store.commit([
      { put: key, value: 1 },
      { put: { ...key, collection: 'session' }, value: 1 },
    ])
    const [[inMessages], [inSessions]] = await Promise.all([outer.all('message'), outer.all('session')])
    expect(inMessages?.partition).not.toBe(inSessions?.partition)
  })

  it('does not open under another key, where everything would seem to be gone', async () => {
    const { outer, store } = await onDisk()
    await store.commit([{ put: { collection: 'meta', partition: 'account', order: 0 }, value: 1 }])
    await expect(openEncryptingStore(outer, 's', new Uint8Array(32).fill(8))).rejects.toThrow(RecordSealError)
    await expect(openEncryptingStore(outer, 'another', dataKey)).rejects.toThrow(RecordSealError)
    expect(await (await openEncryptingStore(outer, 's', dataKey)).all('meta')).toHaveLength(1)
  })

  it.each([
    ['another order', { order: 2 }],
    ['another partition', { partition: 'other' }],
    ['another collection', { collection: 'session' as const }],
  ])('refuses a record that was moved to %s', async (_where, moved) => {
    const { outer, store } = await onDisk()
    await store.commit([{ put: key, value: 1 }])
    const [raw] = await outer.all('message')
    if (raw === undefined) throw new Error('no record')
    const target = { collection: 'message' as const, partition: raw.partition, order: raw.order, ...moved }
    await outer.commit([{ put: target, value: raw.value }])
    await expect(store.all(target.collection)).rejects.toThrow(RecordSealError)
  })

  it('refuses an altered record, and one that is none', async () => {
    const { outer, store } = await onDisk()
    await store.commit([{ put: key, value: 1 }])
    const [raw] = await outer.all('message')
    const sealed = raw?.value as string
    const place = { collection: 'message' as const, partition: raw?.partition ?? '', order: 1 }
    const flipped = sealed.slice(0, 30) + (sealed[30] === 'A' ? 'B' : 'A') + sealed.slice(31)
    for (const value of [flipped, sealed.slice(0, 20), '', '%', 7, null]) {
      await outer.commit([{ put: place, value }])
      await expect(store.get(key)).rejects.toThrow(RecordSealError)
    }
  })
})
