import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import type { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { storeContract } from '../contract.ts'
import { StoreFailedError, StoreFullError, StoreVersionError } from '../errors.ts'
import { StoreLockedError, type Change, type RecordKey } from '../store.ts'
import { SCHEMA_VERSION } from './file-database.ts'
import { openFileStore } from './file.ts'

const key: RecordKey = { collection: 'meta', partition: '', order: 0 }
const newFolder = () => mkdtempSync(join(tmpdir(), 'silentrelay-store-'))

storeContract('file', () => {
  const folder = newFolder()
  return Promise.resolve({
    open: () => openFileStore(join(folder, 'account.db')),
    cleanup: () => Promise.resolve(rmSync(folder, { recursive: true })),
  })
})

let folder: string
let path: string
beforeEach(() => {
  folder = newFolder()
  path = join(folder, 'account.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('file store: the file', () => {
  it('is readable by its owner only, with its log and in a folder of its own', async () => {
    const nested = join(folder, 'accounts', 'alice', 'account.db')
    const store = await openFileStore(nested)
    await store.commit([{ put: key, value: 1 }])
    for (const name of ['account.db', 'account.db-wal']) {
      expect(statSync(join(folder, 'accounts', 'alice', name)).mode & 0o777).toBe(0o600)
    }
    for (const made of [join(folder, 'accounts'), join(folder, 'accounts', 'alice')]) {
      expect(statSync(made).mode & 0o777).toBe(0o700)
    }
    await store.close()
  })

  it('is closed to others when it was not', async () => {
    await (await openFileStore(path)).close()
    chmodSync(path, 0o644)
    await (await openFileStore(path)).close()
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('holds nothing of a deleted value after it is closed', async () => {
    const store = await openFileStore(path)
    await store.commit([{ put: key, value: 'a ratchet key' }])
    await store.commit([{ delete: key }])
    await store.close()
    expect(readdirSync(folder)).toEqual(['account.db'])
    expect(readFileSync(path).includes('a ratchet key')).toBe(false)
  })

  it('is refused by name when a newer program wrote it, and left as it was', async () => {
    await (await openFileStore(path)).close()
    const database = new DatabaseSync(path)
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`)
    database.close()
    const before = readFileSync(path)
    await expect(openFileStore(path)).rejects.toThrow(StoreVersionError)
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('is refused by name when it is not a store, and left as it was', async () => {
    const foreign = new DatabaseSync(path)
    foreign.exec('CREATE TABLE note (text)')
    foreign.close()
    const before = readFileSync(path)
    await expect(openFileStore(path)).rejects.toThrow(StoreFailedError)
    expect(readFileSync(path).equals(before)).toBe(true)
    writeFileSync(path, 'Not a database, but long enough to have the header of one. '.repeat(20))
    await expect(openFileStore(path)).rejects.toThrow(StoreFailedError)
    await expect(openFileStore(folder)).rejects.toThrow(StoreFailedError)
  })

  it('refuses a batch that it has no room for by name, applies nothing of it and goes on', async () => {
    const store = await openFileStore(path, { maxBytes: 64 * 1024 })
    await store.commit([{ put: key, value: 'small' }])
    const large: Change[] = [
      { put: key, value: 'lost' },
      { put: { ...key, order: 1 }, value: 'x'.repeat(100_000) },
    ]
    await expect(store.commit(large)).rejects.toThrow(StoreFullError)
    expect(await store.all('meta')).toEqual([{ partition: '', order: 0, value: 'small' }])
    await store.commit([{ put: key, value: 'still small' }])
    expect(await store.get(key)).toBe('still small')
    await store.close()
  })
})

describe('file store: a killed process', () => {
  const size = 20
  let child: ChildProcessByStdio<null, Readable, Readable> | undefined
  afterEach(() => child?.kill('SIGKILL'))

  it('loses no acknowledged batch, leaves no half batch, and frees the lock by its death', async () => {
    const program = join(import.meta.dirname, 'crash-writer.fixture.ts')
    let next = 0
    for (const lines of [1, 15, 40]) {
      child = spawn(process.execPath, [program, path, String(next), String(size)], {
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let complaints = ''
      child.stderr.on('data', (data: Buffer) => (complaints += data.toString()))
      const dead = once(child, 'exit')
      const output = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      let acknowledged = Number((await output.next()).value)
      await expect(openFileStore(path)).rejects.toThrow(StoreLockedError)
      for (let seen = 1; seen < lines; seen++) acknowledged = Number((await output.next()).value)
      // The process goes on committing meanwhile, so the signal meets it anywhere within a batch.
      child.kill('SIGKILL')
      for (let line = await output.next(); line.done !== true; line = await output.next())
        acknowledged = Number(line.value)
      expect(await dead).toEqual([null, 'SIGKILL'])
      // Neither an error nor a warning of an experimental feature.
      expect(complaints).toBe('')

      const store = await openFileStore(path)
      const turns = (await store.range('message', 'p')).map((record) => (record.value as { turn: number }).turn)
      await store.close()
      expect(turns).toHaveLength(size)
      expect(new Set(turns).size).toBe(1)
      expect(turns[0]).toBeGreaterThanOrEqual(acknowledged)
      next = (turns[0] ?? 0) + 1
    }
  })
})
