/**
 * What a database call can end in. Messages carry SQLSTATE and constraint names only: the server's own text quotes the
 * offending values, drizzle's quotes every parameter, and neither belongs in a log.
 */

/** The statement may not have run, or its outcome is unknown; the same call can be tried again later. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError'
  /** `timeout` and `unreachable`: no answer came. `server`: the server, or the proxy before it, refused for now. */
  readonly reason: 'timeout' | 'unreachable' | 'server'
  readonly sqlState: string | undefined
  readonly httpStatus: number | undefined

  constructor(
    reason: 'timeout' | 'unreachable' | 'server',
    details: { sqlState?: string | undefined; httpStatus?: number | undefined } = {},
  ) {
    const known = details.sqlState ?? details.httpStatus
    super(`the database is unavailable (${known === undefined ? reason : `${reason} ${known}`})`)
    this.reason = reason
    this.sqlState = details.sqlState
    this.httpStatus = details.httpStatus
  }
}

/** The server ran the statement and refused it: a violated constraint or a mistake of ours. Trying again is no use. */
export class DatabaseStatementError extends Error {
  override readonly name = 'DatabaseStatementError'
  readonly sqlState: string | undefined
  readonly constraint: string | undefined
  readonly table: string | undefined
  readonly column: string | undefined
  readonly httpStatus: number | undefined

  constructor(details: {
    sqlState?: string | undefined
    constraint?: string | undefined
    table?: string | undefined
    column?: string | undefined
    httpStatus?: number | undefined
  }) {
    const where = details.constraint ?? details.column
    const what = details.sqlState ?? `HTTP ${details.httpStatus}`
    super(`the database refused a statement (${where === undefined ? what : `${what}, ${where}`})`)
    this.sqlState = details.sqlState
    this.constraint = details.constraint
    this.table = details.table
    this.column = details.column
    this.httpStatus = details.httpStatus
  }
}

/** `DATABASE_URL` does not name a PostgreSQL database with a user. Says nothing more, since it may hold a password. */
export class DatabaseUrlError extends Error {
  override readonly name = 'DatabaseUrlError'

  constructor() {
    super('the database URL is not of the form postgres://user:password@host/database')
  }
}

/** The name of the unique constraint that `error` reports as violated (SQLSTATE 23505), else undefined. */
export function violatedUnique(error: unknown): string | undefined {
  return error instanceof DatabaseStatementError && error.sqlState === '23505' ? error.constraint : undefined
}

// PostgreSQL, appendix A: the conditions under which the same statement may succeed later. By class: 08 connection
// exceptions, 28 invalid authorization (an operator has to act, no caller can), 53 insufficient resources, 58 system
// errors, XX internal errors (Neon's proxy answers XX000 while a compute starts).
const UNAVAILABLE_CLASSES = new Set(['08', '28', '53', '58', 'XX'])
const UNAVAILABLE_STATES = new Set([
  '3D000', // the database does not exist (yet)
  '40001', // serialization failure
  '40P01', // deadlock
  '55P03', // lock not available
  '57014', // statement timeout
  '57P01', // admin shutdown
  '57P02', // crash shutdown
  '57P03', // cannot connect now
  '57P05', // idle session timeout
])
const PROTOCOL_VIOLATION = '08P01'

/** Whether a server that reports `sqlState` may take the same statement later. */
export function meansUnavailable(sqlState: string): boolean {
  if (sqlState === PROTOCOL_VIOLATION) return false
  return UNAVAILABLE_STATES.has(sqlState) || UNAVAILABLE_CLASSES.has(sqlState.slice(0, 2))
}
