import { startBridge } from '#db/local/bridge.ts'
import { startEmbeddedPostgres } from '#db/local/embedded.ts'
import { migrateDatabase } from '#db/local/migrate.ts'
import { Failure } from './failure.ts'

/** The Worker's variables that say where the database is. */
export interface DatabaseVariables {
  DATABASE_URL: string
  DATABASE_HTTP_ENDPOINT?: string
}

export interface RunningDatabase {
  readonly variables: DatabaseVariables
  /** In words, without the connection string: it holds a password. */
  readonly description: string
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** A PostgreSQL server to use instead of the embedded one. */
  url: string | undefined
  /** The same database as its owner, who migrates it; `url` is then another role's, which gets what the relay needs. */
  ownerUrl?: string | undefined
  /** Connections to that server; 10 unless told. */
  connections: number | undefined
  /** Folder of the embedded one. */
  folder: string
}

/**
 * The database of a relay on this machine, migrated: the embedded one, any PostgreSQL behind the bridge, or Neon itself.
 * Throws {@link Failure} when a server that was named cannot be used.
 */
export async function startDatabase(options: DatabaseOptions): Promise<RunningDatabase> {
  const { url, ownerUrl, folder } = options
  if (url === undefined || url === '') return startEmbedded(folder)
  const server = parseServer(url)
  await migrateAsOwner(server, ownerUrl).catch((error: unknown) => {
    throw new Failure(
      `The database of DATABASE_URL (host ${server.host || 'local socket'}) cannot be used: ${(error as Error).message}`,
    )
  })
  return connectDatabase(url, options.connections)
}

/** Migrates as the owner, if that is somebody else, and gives the role of `server` what the relay needs. */
export async function migrateAsOwner(server: URL, ownerUrl: string | undefined): Promise<void> {
  if (!ownerUrl) return migrateDatabase(directUrl(server))
  const application = decodeURIComponent(server.username)
  await migrateDatabase(directUrl(parseServer(ownerUrl)), { application })
}

/** A database as it is, not migrated. Throws {@link Failure} when `url` is none. */
export async function connectDatabase(url: string, connections = 10): Promise<RunningDatabase> {
  const server = parseServer(url)
  if (isNeon(server)) {
    return { variables: { DATABASE_URL: url }, description: `Neon, at ${server.host}`, close: () => Promise.resolve() }
  }
  const bridge = await startBridge({ connectionString: url, maxConnections: connections })
  return {
    variables: { DATABASE_URL: bridge.url, DATABASE_HTTP_ENDPOINT: bridge.endpoint },
    description: `PostgreSQL of DATABASE_URL, at ${server.host || 'a local socket'}`,
    close: () => bridge.close(),
  }
}

/** Migrations hold a lock of the session, which Neon's pooler does not keep: its direct host has the name without `-pooler`. */
export function directUrl(server: URL): string {
  const direct = new URL(server)
  if (isNeon(server)) direct.hostname = direct.hostname.replace('-pooler.', '.')
  return direct.href
}

/** Throws {@link Failure} when `url` is no address of a PostgreSQL server. */
export function parseServer(url: string): URL {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new Failure('DATABASE_URL is no address of a PostgreSQL server (postgres://user:password@host/database).')
  }
  return new URL(url)
}

export function isNeon(server: URL): boolean {
  return server.hostname.endsWith('.neon.tech')
}

async function startEmbedded(folder: string): Promise<RunningDatabase> {
  const postgres = await startEmbeddedPostgres({ dataDir: folder })
  try {
    await migrateDatabase(postgres.connectionString)
    const bridge = await startBridge({ connectionString: postgres.connectionString, maxConnections: 1 })
    return {
      variables: { DATABASE_URL: bridge.url, DATABASE_HTTP_ENDPOINT: bridge.endpoint },
      description: `embedded PostgreSQL (PGlite), in ${folder}`,
      async close() {
        await bridge.close()
        await postgres.close()
      },
    }
  } catch (error) {
    await postgres.close()
    throw error
  }
}
