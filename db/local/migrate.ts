import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { Client } from 'pg'

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url))

/** Any constant that nobody else uses in this database: "SilentRe" as a 64-bit integer. */
const MIGRATION_LOCK = '6010454360603251301'

/**
 * Brings a database to the newest schema; does nothing when it is there. Two callers at once take turns, by an advisory
 * lock of the session, so use a direct connection string and not one of a transaction pooler.
 */
export async function migrateDatabase(connectionString: string): Promise<void> {
  const client = new Client({ connectionString })
  // A connection that is lost fails the statement that waits on it; without a listener it would also end the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    await migrate(drizzle(client), { migrationsFolder: MIGRATIONS })
  } finally {
    // Ends the session, and the lock with it.
    await client.end()
  }
}

if (import.meta.main) {
  const url = process.env['DATABASE_URL']
  if (url === undefined || url === '') {
    process.stderr.write('DATABASE_URL is not set: it names the PostgreSQL database to migrate.\n')
    process.exitCode = 1
  } else {
    await migrateDatabase(url)
    process.stdout.write('The database is up to date.\n')
  }
}
