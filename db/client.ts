import { NeonDbError, neon, neonConfig } from '@neondatabase/serverless'
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http'
import { DatabaseStatementError, DatabaseUnavailableError, DatabaseUrlError, meansUnavailable } from './errors.ts'
import { fetchStatement, type TransportOptions } from './transport.ts'

/** Long enough for a Neon compute to wake from its suspension (about a second), short enough for a caller to wait. */
const DEFAULT_TIMEOUT_MS = 5_000

// The driver takes its `fetch` for the whole isolate only; ours is stateless, what differs travels in the options.
neonConfig.fetchFunction = fetchStatement

/** drizzle over Neon's HTTP protocol. `batch` runs its statements in one transaction. */
export type Statements = NeonHttpDatabase

/** A PostgreSQL database, reached statement by statement over HTTP: there is no connection to keep or to lose. */
export interface Database {
  /**
   * Runs statements and awaits their result.
   *
   * Throws {@link DatabaseUnavailableError} when trying again later may help (a transaction may or may not have
   * happened then), and {@link DatabaseStatementError} when the database refused.
   */
  run<T>(work: (statements: Statements) => PromiseLike<T>): Promise<T>
}

export interface DatabaseOptions {
  /** `postgres://user:password@host/database`. */
  url: string
  /** `DATABASE_HTTP_ENDPOINT`: the local bridge. Without it, the address that Neon derives from the host. */
  fetchEndpoint?: string | undefined
  /** Milliseconds for each HTTP request; 5,000 unless told. */
  timeoutMs?: number | undefined
}

/** Opens a database; makes no request. Throws {@link DatabaseUrlError}. */
export function openDatabase({ url, fetchEndpoint, timeoutMs = DEFAULT_TIMEOUT_MS }: DatabaseOptions): Database {
  assertDatabaseUrl(url)
  const transport: TransportOptions = { endpoint: fetchEndpoint, timeoutMs }
  const statements = drizzle(
    neon<boolean, boolean>(url, { fetchOptions: { ...transport }, disableWarningInBrowsers: true }),
  )
  return {
    async run(work) {
      try {
        return await work(statements)
      } catch (error) {
        throw named(error)
      }
    },
  }
}

/** The driver looks at the URL with each statement only, and quotes it, password and all, when it is wrong. */
function assertDatabaseUrl(url: string): void {
  if (!URL.canParse(url)) throw new DatabaseUrlError()
  const { protocol, username, hostname, pathname } = new URL(url)
  const isPostgres = protocol === 'postgres:' || protocol === 'postgresql:'
  if (!isPostgres || username === '' || hostname === '' || pathname.length < 2) throw new DatabaseUrlError()
}

/** Our error for the driver's; anything that did not come from the database is returned as it is. */
function named(error: unknown): unknown {
  // drizzle wraps what a single statement threw, the driver what `fetch` threw.
  const driverError = error instanceof Error && error.cause instanceof NeonDbError ? error.cause : error
  // The driver parses answers as JSON: what is not, is no database's.
  if (driverError instanceof SyntaxError || (error instanceof Error && error.cause instanceof SyntaxError)) {
    return new DatabaseUnavailableError('server')
  }
  if (!(driverError instanceof NeonDbError)) return error
  const { sourceError, code, constraint, table, column } = driverError
  if (sourceError !== undefined) return sourceError
  // Neon's proxy answers without a code when it cannot reach the database.
  if (typeof code !== 'string' || code === '') return new DatabaseUnavailableError('server')
  if (meansUnavailable(code)) return new DatabaseUnavailableError('server', { sqlState: code })
  return new DatabaseStatementError({ sqlState: code, constraint, table, column })
}
