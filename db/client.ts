import type { Statements } from './driver.ts'
import { DatabaseUrlError } from './errors.ts'
import type { TransportOptions } from './transport.ts'

export type { Statements } from './driver.ts'

/** Long enough for a Neon compute to wake from its suspension (about a second), short enough for a caller to wait. */
const DEFAULT_TIMEOUT_MS = 5_000

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
  let statements: Statements | undefined
  return {
    async run(work) {
      // Evaluating the driver is a third of what an isolate's start cost (15 of some 50 ms: `wrangler check startup`), and
      // no message ever waits for it: so it is not part of the start.
      const { named, statementsFor } = await import('./driver.ts')
      try {
        return await work((statements ??= statementsFor(url, transport)))
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
