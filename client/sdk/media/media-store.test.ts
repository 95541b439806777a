// eslint-disable-next-line import/no-unassigned-import -- its effect is what is wanted: IndexedDB in the global scope
import 'fake-indexeddb/auto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deleteDB } from 'idb'
import { expect, it } from 'vitest'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { StoreFailedError } from '../store/errors.ts'
import { mediaStoreContract } from './contract.ts'
import { mediaDatabaseName, openIndexedDbMediaStore } from './indexeddb.ts'
import { type MemoryChunks, openMemoryMediaStore } from './memory.ts'
import { openFileMediaStore } from './node/file.ts'

mediaStoreContract('memory', () => {
  const chunks: MemoryChunks = new Map()
  return Promise.resolve({ open: () => openMemoryMediaStore(chunks), cleanup: () => Promise.resolve() })
})

mediaStoreContract('IndexedDB', () => {
  const name = toBase64url(randomBytes(8))
  return Promise.resolve({
    open: () => openIndexedDbMediaStore(name),
    cleanup: () => deleteDB(mediaDatabaseName(name)),
  })
})

mediaStoreContract('a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'silentrelay-media-'))
  return { open: () => openFileMediaStore(folder), cleanup: () => rm(folder, { recursive: true }) }
})

it('a disk that fails is named, and cut-off files are none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'silentrelay-media-'))
  const store = openFileMediaStore(folder)
  const object = toBase64url(randomBytes(32))
  await store.write(object, 0, Uint8Array.of(1))
  await writeFile(join(folder, object, '1.part'), 'half')
  expect(await store.count(object)).toBe(1)
  await writeFile(join(folder, 'a-file'), '')
  await expect(store.write('a-file', 0, Uint8Array.of(1))).rejects.toThrow(StoreFailedError)
  await rm(folder, { recursive: true })
})
