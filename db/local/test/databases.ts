import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { openDatabase, type Database } from '#db/client.ts'
import { startBridge, type Bridge } from '../bridge.ts'
import { startEmbeddedPostgres } from '../embedded.ts'
import { migrateDatabase } from '../migrate.ts'
import { copyTemplate } from './template.ts'

/** A migrated database of its own behind a bridge; `close` leaves nothing behind. */
export interface TestDatabase {
  db: Database
  bridge: Bridge
  connectionString: string
  close: () => Promise<void>
}

/** The embedded PostgreSQL in a temporary folder. */
export async function openEmbedded(): Promise<TestDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'silentrelay-test-'))
  await copyTemplate(dataDir)
  const { connectionString, close } = await startEmbeddedPostgres({ dataDir })
  const opened = await open(connectionString, 1)
  return {
    ...opened,
    async close() {
      await opened.close()
      await close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** A new database of the server at `serverUrl`. */
export async function openScratch(serverUrl: string): Promise<TestDatabase> {
  const name = `silentrelay_test_${randomBytes(6).toString('hex')}`
  await administer(serverUrl, `create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const opened = await open(url.href, 8)
  return {
    ...opened,
    async close() {
      await opened.close()
      await administer(serverUrl, `drop database ${name} with (force)`)
    },
  }
}

/** Every database that this run can test on: the real one when `TEST_DATABASE_URL` names a server. */
export function testDatabases(): { name: string; open: () => Promise<TestDatabase> }[] {
  const serverUrl = process.env['TEST_DATABASE_URL'] ?? ''
  const embedded = { name: 'embedded PostgreSQL', open: openEmbedded }
  return serverUrl === '' ? [embedded] : [embedded, { name: 'PostgreSQL server', open: () => openScratch(serverUrl) }]
}

async function open(connectionString: string, maxConnections: number): Promise<TestDatabase> {
  await migrateDatabase(connectionString)
  const bridge = await startBridge({ connectionString, maxConnections })
  const db = openDatabase({ url: bridge.url, fetchEndpoint: bridge.endpoint, timeoutMs: 30_000 })
  return { db, bridge, connectionString, close: () => bridge.close() }
}

/** Runs one statement over a connection of its own. */
export async function administer(connectionString: string, statement: string): Promise<void> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
