/** What a run starts: the floor, the relay with its database, and the load generator. */

import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startBridge } from '#db/local/bridge.ts'
import { startEmbeddedPostgres } from '#db/local/embedded.ts'
import { migrateDatabase } from '#db/local/migrate.ts'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { type Workerd, startWorkerd } from './workerd.ts'

export interface Postgres {
  readonly url: string
  readonly endpoint: string
  close(): Promise<void>
}

/** The deployed Worker's own date: it decides how the runtime behaves. */
async function compatibilityDate(): Promise<string> {
  const toml = await readFile(new URL('../wrangler.toml', import.meta.url), 'utf8')
  const date = /^compatibility_date = "([\d-]+)"$/m.exec(toml)?.[1]
  if (date === undefined) throw new Error('wrangler.toml has no compatibility_date')
  return date
}

/** The embedded PostgreSQL behind the bridge, in this process. */
export async function startPostgres(folder: string): Promise<Postgres> {
  const embedded = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  await migrateDatabase(embedded.connectionString)
  const bridge = await startBridge({ connectionString: embedded.connectionString, maxConnections: 1 })
  return {
    url: bridge.url,
    endpoint: bridge.endpoint,
    async close() {
      await bridge.close()
      await embedded.close()
    },
  }
}

async function subfolder(folder: string, name: string): Promise<string> {
  const path = join(folder, name)
  await mkdir(path, { recursive: true })
  return path
}

export async function startFloor(folder: string): Promise<Workerd> {
  return startWorkerd({
    entry: fileURLToPath(new URL('floor/worker.js', import.meta.url)),
    folder: await subfolder(folder, 'floor'),
    objects: { Floor: 'FLOOR' },
    compatibilityDate: await compatibilityDate(),
  })
}

export interface RelayOptions {
  /** Tells several relays of one run apart. */
  readonly name: string
  readonly persistAfterS: number
  /** Another copy of the source, to measure a change. */
  readonly source?: string | undefined
  readonly inspector?: string | undefined
}

/** The Worker as it ships, without R2: nothing on the measured paths asks it. */
export async function startRelay(folder: string, postgres: Postgres, options: RelayOptions): Promise<Workerd> {
  const { name, persistAfterS, inspector, source = fileURLToPath(new URL('..', import.meta.url)) } = options
  return startWorkerd({
    entry: join(source, 'workers/index.ts'),
    folder: await subfolder(folder, name),
    objects: {
      UserRelay: 'USER_RELAY',
      GroupRelay: 'GROUP_RELAY',
      GroupFanOut: 'GROUP_FAN_OUT',
      SharedState: 'SHARED_STATE',
      Watch: 'WATCH',
      Metrics: 'METRICS',
    },
    variables: {
      REGISTRATION: 'open',
      ALLOWED_ORIGINS: '',
      // Above what any run does: the limits are not what is measured.
      REGISTRATIONS_PER_HOUR: '999999999',
      PERSIST_AFTER_S: String(persistAfterS),
      TOKEN_SECRET: toBase64url(randomBytes(32)),
      AUDIT_SIGNING_KEY: toBase64url(randomBytes(32)),
      SEALED_SENDER_SECRET: toBase64url(randomBytes(32)),
      DATABASE_URL: postgres.url,
      DATABASE_HTTP_ENDPOINT: postgres.endpoint,
    },
    compatibilityDate: await compatibilityDate(),
    inspector,
  })
}
