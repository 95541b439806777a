import { NeonDbError, neon, neonConfig } from '@neondatabase/serverless'
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http'
import { DatabaseStatementError, DatabaseUnavailableError, meansUnavailable } from './errors.ts'
import { fetchStatement, type TransportOptions } from './transport.ts'

// The driver takes its `fetch` for the whole isolate only; ours is stateless, what differs travels in the options.
neonConfig.fetchFunction = fetchStatement

/** drizzle over Neon's HTTP protocol. `batch` runs its statements in one transaction. */
export type Statements = NeonHttpDatabase

/** Statements against the database at `url`; makes no request. */
export function statementsFor(url: string, transport: TransportOptions): Statements {
  return drizzle(neon<boolean, boolean>(url, { fetchOptions: { ...transport }, disableWarningInBrowsers: true }))
}

/** Our error for the driver's; anything that did not come from the database is returned as it is. */
export function named(error: unknown): unknown {
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
