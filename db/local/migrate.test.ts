import { readFile } from 'node:fs/promises'
import { Client } from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { migrateDatabase } from './migrate.ts'
import { administer, openEmbedded, openScratch } from './test/databases.ts'

const serverUrl = process.env['TEST_DATABASE_URL'] ?? ''

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

it('a database that lacks the newest migration is not taken for an up-to-date one', async () => {
  const { connectionString, close } = await openEmbedded()
  onTestFinished(close, 60_000)
  const newest = 'created_at = (select max(created_at) from drizzle.__drizzle_migrations)'
  await administer(connectionString, `delete from drizzle.__drizzle_migrations where ${newest}`)
  await expect(migrateDatabase(connectionString)).rejects.toMatchObject({ cause: { code: '42P07' } })
})

// The embedded database takes a single connection, so there a second migration is turned away.
it.skipIf(serverUrl === '')(
  'migration is done once, when several ask at the same time and when one asks again',
  async () => {
    const { connectionString, close } = await openScratch(serverUrl)
    onTestFinished(close, 60_000)
    await administer(connectionString, 'drop schema public cascade; create schema public; drop schema drizzle cascade')
    await Promise.all(Array.from({ length: 4 }, () => migrateDatabase(connectionString)))
    await migrateDatabase(connectionString)
    expect(await applied(connectionString)).toBe(await migrationsInFolder())
    await administer(connectionString, 'select * from accounts, usernames, archived_envelopes')
  },
)
