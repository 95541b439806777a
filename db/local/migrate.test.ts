import { readFile } from 'node:fs/promises'
import { Client } from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { migrateDatabase } from './migrate.ts'
import { administer, testDatabases } from './test/databases.ts'

async function applied(connectionString: string): Promise<number> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    const { rows } = await client.query<{ n: number }>('select count(*)::int as n from drizzle.__drizzle_migrations')
    return rows[0]?.n ?? 0
  } finally {
    await client.end()
  }
}

async function migrationsInFolder(): Promise<number> {
  const journal = await readFile(new URL('../migrations/meta/_journal.json', import.meta.url), 'utf8')
  return (JSON.parse(journal) as { entries: unknown[] }).entries.length
}

describe.each(testDatabases())('migration of the $name', ({ name, open }) => {
  it('is done once, however often it is asked for', async () => {
    const { connectionString, close } = await open()
    onTestFinished(close, 60_000)
    await migrateDatabase(connectionString)
    expect(await applied(connectionString)).toBe(await migrationsInFolder())
  }, 60_000)

  // The embedded one takes a single connection: a second migration is turned away there.
  it.skipIf(name === 'embedded PostgreSQL')('is done once when several ask at the same time', async () => {
    const { connectionString, close } = await open()
    onTestFinished(close, 60_000)
    await administer(connectionString, 'drop schema public cascade; create schema public; drop schema drizzle cascade')
    await Promise.all(Array.from({ length: 4 }, () => migrateDatabase(connectionString)))
    expect(await applied(connectionString)).toBe(await migrationsInFolder())
    await administer(connectionString, 'select * from accounts, usernames, archived_envelopes')
  })
})
