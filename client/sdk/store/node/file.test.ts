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

/** The batch that each record of the killed process belongs to. */
async function storedTurns(): Promise<readonly number[]> {
  const store = await openFileStore(path)
  const records = await store.range('message', 'p')
  await store.close()
  return records.map((record) => (record.value as { turn: number }).turn)
}

describe('file store: a killed process', () => {
  const size = 100
  let child: ChildProcessByStdio<null, Readable, Readable> | undefined
  afterEach(() => child?.kill('SIGKILL'))

  function startWriter(first: number, fatalWrite?: number) {
    const program = join(import.meta.dirname, 'crash-writer.fixture.ts')
    const parameters = [path, first, size, fatalWrite ?? ''].map(String)
    const started = spawn(process.execPath, [program, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] })
    child = started
    let complaints = ''
    started.stderr.on('data', (data: Buffer) => (complaints += data.toString()))
    const closed = once(started, 'close')
    const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]()
    return {
      kill: () => started.kill('SIGKILL'),
      /** The next acknowledged batch; undefined after its death. */
      acknowledged: async () => {
        const line = await lines.next()
        return line.done === true ? undefined : Number(line.value)
      },
      /** Resolves with what it complained of: an error, or a warning of an experimental feature. */
      death: async () => {
        expect(await closed).toEqual([null, 'SIGKILL'])
        return complaints
      },
    }
  }

  it('leaves nothing of the batch that it died in', async () => {
    const writer = startWriter(0, size * 1.5)
    expect(await writer.acknowledged()).toBe(0)
    expect(await writer.acknowledged()).toBeUndefined()
    expect(await writer.death()).toBe('')
    expect(await storedTurns()).toEqual(Array<number>(size).fill(0))
  })

  it('loses no acknowledged batch at whatever moment it dies, and holds the lock until then', async () => {
    let next = 0
    for (const batches of [1, 5, 20]) {
      const writer = startWriter(next)
      let last = await writer.acknowledged()
      await expect(openFileStore(path)).rejects.toThrow(StoreLockedError)
      for (let seen = 1; seen < batches; seen++) last = await writer.acknowledged()
      // It goes on committing meanwhile, so that the signal meets it anywhere.
      writer.kill()
      for (let more = last; more !== undefined; more = await writer.acknowledged()) last = more
      expect(await writer.death()).toBe('')
      const turns = await storedTurns()
      expect(turns).toHaveLength(size)
      expect(new Set(turns).size).toBe(1)
      expect(turns[0]).toBeGreaterThanOrEqual(last ?? Infinity)
      next = (turns[0] ?? 0) + 1
    }
  })
})
