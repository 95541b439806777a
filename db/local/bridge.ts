import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { DatabaseError, Pool, type PoolClient } from 'pg'
import { parseJson, readBody, serveJson, type JsonAnswer } from './http.ts'
import { parseStatements, runStatement, type Statement } from './statement.ts'

/** What Neon's own proxy takes. */
const MAX_BODY_BYTES = 64 * 1024 * 1024

const ISOLATION_LEVELS = new Map([
  ['ReadUncommitted', 'read uncommitted'],
  ['ReadCommitted', 'read committed'],
  ['RepeatableRead', 'repeatable read'],
  ['Serializable', 'serializable'],
])

export interface BridgeOptions {
  /** The PostgreSQL server behind the bridge. */
  connectionString: string
  /** 0, the default: any free one. */
  port?: number | undefined
  /** 127.0.0.1 unless told. */
  host?: string | undefined
  /** Connections to the server; the embedded PostgreSQL has one. */
  maxConnections?: number | undefined
  /** Octets of a request's body; 64 MiB unless told. */
  maxBodyBytes?: number | undefined
}

export interface Bridge {
  /** `fetchEndpoint` of `openDatabase`. */
  endpoint: string
  /** `url` of `openDatabase`: its password is made up here, and the bridge runs nothing without it. */
  url: string
  close: () => Promise<void>
}

/**
 * Serves Neon's HTTP protocol in front of any PostgreSQL server, so that the edge code runs unchanged on a laptop.
 *
 * As on Neon, the connection string in a header is the credential. It also keeps web pages out: a browser sends no such
 * header across origins without asking first, and the bridge answers no preflight.
 */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { connectionString, port = 0, host = '127.0.0.1', maxBodyBytes = MAX_BODY_BYTES } = options
  const pool = new Pool({ connectionString, max: options.maxConnections ?? 10, connectionTimeoutMillis: 5_000 })
  // The server may end a connection at any moment. The pool drops an idle one, and a statement that was running on one
  // fails by itself; but without listeners for both, the event would end this process.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  const password = randomBytes(18).toString('base64url')

  const served = await serveJson(
    async (request): Promise<JsonAnswer> => {
      if (request.method !== 'POST') return refusal(405, 'only POST')
      if (new URL(request.url ?? '/', 'http://bridge').pathname !== '/sql') return refusal(404, 'only /sql')
      if (!isAuthorized(request.headers, password)) return refusal(401, 'wrong or missing connection string')
      const work = parseStatements(parseJson(await readBody(request, maxBodyBytes)))
      if (work === undefined) return refusal(400, 'not a statement')
      const begin = work.transaction ? beginStatement(request.headers) : ''
      if (begin === undefined) return refusal(400, 'unknown isolation level')
      return execute(pool, work.statements, begin, request.headers['neon-array-mode'] === 'true')
    },
    { host, port },
  )
  const authority = `${host}:${served.port}`
  return {
    endpoint: `http://${authority}/sql`,
    url: `postgres://bridge:${password}@${authority}/bridge`,
    async close() {
      await served.close()
      await pool.end()
    },
  }
}

/** 08P01 (protocol violation) tells the client that the request was wrong, and not the database out of reach. */
function refusal(status: number, message: string): JsonAnswer {
  return { status, body: { message, code: '08P01' } }
}

function isAuthorized(headers: IncomingHttpHeaders, password: string): boolean {
  const header = headers['neon-connection-string']
  if (typeof header !== 'string' || !URL.canParse(header)) return false
  const given = Buffer.from(new URL(header).password)
  const expected = Buffer.from(password)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** `begin` with what the batch headers ask for; undefined when they make no sense. */
function beginStatement(headers: IncomingHttpHeaders): string | undefined {
  const asked = headers['neon-batch-isolation-level'] ?? 'ReadCommitted'
  const level = typeof asked === 'string' ? ISOLATION_LEVELS.get(asked) : undefined
  if (level === undefined) return undefined
  const access = headers['neon-batch-read-only'] === 'true' ? ' read only' : ''
  const deferrable = headers['neon-batch-deferrable'] === 'true' ? ' deferrable' : ''
  return `begin isolation level ${level}${access}${deferrable}`
}

/** Runs the statements, in a transaction when `begin` is not empty. */
async function execute(pool: Pool, statements: Statement[], begin: string, arrays: boolean): Promise<JsonAnswer> {
  let client: PoolClient
  try {
    client = await pool.connect()
  } catch (error) {
    return failure(error)
  }
  try {
    if (begin !== '') await client.query(begin)
    const results = []
    for (const statement of statements) results.push(await runStatement(client, statement, arrays))
    if (begin !== '') await client.query('commit')
    client.release()
    return { status: 200, body: begin === '' ? results[0] : { results } }
  } catch (error) {
    const clean = await client.query('rollback').then(
      () => true,
      () => false,
    )
    // A connection whose state is unknown is closed instead of being handed to the next request.
    client.release(!clean)
    return failure(error)
  }
}

/** The server's own errors are 400 with their fields, as on Neon; having no server to ask is 503. */
function failure(error: unknown): JsonAnswer {
  if (!(error instanceof DatabaseError)) return { status: 503, body: { message: 'the database cannot be reached' } }
  const { message, code, severity, detail, hint, schema, table, column, constraint, dataType } = error
  return { status: 400, body: { message, code, severity, detail, hint, schema, table, column, constraint, dataType } }
}
