import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { applicationGrants, auditorGrants } from './grants.ts'

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url))

/** Where drizzle records what was applied; `created_at` is the journal's `when`. */
const MIGRATED = 'drizzle.__drizzle_migrations'

interface Journal {
  readonly entries: readonly { readonly when: number }[]
}

/** Any constant that nobody else uses in this database: "SilentRe" as a 64-bit integer. */
const MIGRATION_LOCK = '6010454360603251301'

/** Roles that exist already, and are given what they need once the schema is up to date. */
export interface DatabaseRoles {
  /** The one that the relay connects as, when that is not the owner. */
  application?: string | undefined
  /** One that may read the audit log. */
  auditor?: string | undefined
}

/**
 * Brings a database to the newest schema; does nothing when it is there. Two callers at once take turns, by an advisory
 * lock of the session, so use a direct connection string and not one of a transaction pooler.
 */
export async function migrateDatabase(connectionString: string, roles: DatabaseRoles = {}): Promise<void> {
  const client = new Client({ connectionString })
  // A connection that is lost fails the statement that waits on it; without a listener it would also end the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    if (!(await isMigrated(client))) await migrate(client)
    const { application, auditor } = roles
    const grants = [...(application ? applicationGrants(application) : []), ...(auditor ? auditorGrants(auditor) : [])]
    for (const grant of grants) await client.query(grant)
  } finally {
    // Ends the session, and the lock with it.
    await client.end()
  }
}

/** Whether the newest migration of the folder is recorded in the database. */
async function isMigrated(client: Client): Promise<boolean> {
  const exists = await client.query<{ known: boolean }>(`select to_regclass('${MIGRATED}') is not null as known`)
  if (exists.rows[0]?.known !== true) return false
  const journal = JSON.parse(await readFile(join(MIGRATIONS, 'meta/_journal.json'), 'utf8')) as Journal
  const newest = Math.max(...journal.entries.map(({ when }) => when))
  const { rows } = await client.query(`select from ${MIGRATED} where created_at >= $1 limit 1`, [newest])
  return rows.length > 0
}

async function migrate(client: Client): Promise<void> {
  // Loaded when there is something to do: it takes a good part of the time in which a relay starts.
  const [{ drizzle }, migrator] = await Promise.all([
    import('drizzle-orm/node-postgres'),
    import('drizzle-orm/node-postgres/migrator'),
  ])
  await migrator.migrate(drizzle(client), { migrationsFolder: MIGRATIONS })
}

if (import.meta.main) {
  const url = process.env['DATABASE_URL']
  if (url === undefined || url === '') {
    process.stderr.write('DATABASE_URL is not set: it names the PostgreSQL database to migrate.\n')
    process.exitCode = 1
  } else {
    await migrateDatabase(url, {
      application: process.env['DATABASE_APP_ROLE'],
      auditor: process.env['DATABASE_AUDITOR_ROLE'],
    })
    process.stdout.write('The database is up to date.\n')
  }
}
