import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbeddedPostgres } from './embedded.ts'
import { migrateDatabase } from './migrate.ts'

const WRITER = fileURLToPath(new URL('test/writer.ts', import.meta.url))

let folder: string
/** The data of the first test, of which the others take copies: PGlite takes seconds to make a cluster. */
let made: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-test-'))
  // Long enough that the socket does not fit into it.
  made = join(folder, 'unfinished'.repeat(10))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** Starts the writer, kills it once `done` says so, and tells the last number that it reported as committed. */
async function writeUntilKilled(dataDir: string, done: (lines: number) => boolean): Promise<number> {
  const child = spawn(process.execPath, [WRITER, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let last = 0
  let lines = 0
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line)
    lines += 1
    if (done(lines)) child.kill('SIGKILL')
  }
  expect(await exited).toEqual([null, 'SIGKILL'])
  return last
}

async function rowsOf<T extends object>(dataDir: string, query: string): Promise<T[]> {
  const postgres = await startEmbeddedPostgres({ dataDir })
  const client = new Client({ connectionString: postgres.connectionString })
  await client.connect()
  try {
    return (await client.query<T>(query)).rows
  } finally {
    await client.end()
    await postgres.close()
  }
}

describe('the embedded PostgreSQL', () => {
  it('starts anew when it was killed while making its cluster', async () => {
    const dataDir = made
    const child = spawn(process.execPath, [WRITER, dataDir], { stdio: 'ignore' })
    const exited = once(child, 'exit')
    await expect
      .poll(() => existsSync(join(dataDir, 'cluster.unfinished')), { timeout: 120_000, interval: 5 })
      .toBe(true)
    child.kill('SIGKILL')
    await exited
    expect(existsSync(join(dataDir, 'cluster'))).toBe(false)
    expect(await rowsOf(dataDir, 'select 1 as one')).toEqual([{ one: 1 }])
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
  })

  it('loses no commit and shows no half of one when its process is killed while writing, time after time', async () => {
    const dataDir = join(folder, 'killed')
    cpSync(made, dataDir, { recursive: true })
    for (const count of [5, 60]) {
      const committed = await writeUntilKilled(dataDir, (lines) => lines === count)
      const rows = await rowsOf<{ pairs: number; rows: number; most: number }>(
        dataDir,
        'select count(distinct n)::int as pairs, count(*)::int as rows, max(n) as most from pairs',
      )
      const [found] = rows
      expect(found?.most).toBeGreaterThanOrEqual(committed)
      expect(found).toEqual({ pairs: found?.most, rows: 2 * (found?.most ?? 0), most: found?.most })
    }
  })

  it('keeps its folder from others, and all that is in it, migrations too, when it closes and starts again', async () => {
    const dataDir = join(folder, 'exclusive')
    cpSync(made, dataDir, { recursive: true })
    const first = await startEmbeddedPostgres({ dataDir, listen: 'tcp' })
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({ name: 'FolderInUseError' })
    await migrateDatabase(first.connectionString)
    await first.close()
    const second = await startEmbeddedPostgres({ dataDir })
    await migrateDatabase(second.connectionString)
    await second.close()
    expect(await rowsOf(dataDir, 'select count(*)::int as accounts from accounts')).toEqual([{ accounts: 0 }])
  })
})
