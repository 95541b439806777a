import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createClient, ErrorReply, RESP_TYPES } from 'redis'
import * as v from 'valibot'
import { parseJson, readBody, serveJson, type JsonAnswer } from './http.ts'

/** Octets of a request: counters and nonces are small, a pipeline of them as well. */
const MAX_BODY_BYTES = 1024 * 1024

// All callers share one connection. What would change its state, block it or end the server is refused.
const REFUSED = new Set(
  [
    'auth bgrewriteaof bgsave blmove blmpop blpop brpop brpoplpush bzmpop bzpopmax bzpopmin client cluster config debug',
    'discard exec failover hello module monitor multi psubscribe psync punsubscribe quit readonly replicaof reset save',
    'select shutdown slaveof spublish ssubscribe subscribe sunsubscribe swapdb sync unsubscribe unwatch wait watch xread',
  ].flatMap((line) => line.split(' ')),
)

const command = v.pipe(
  v.array(v.union([v.string(), v.number(), v.boolean()])),
  v.minLength(1),
  v.transform((parts) => parts.map(String)),
)
const commands = v.pipe(v.array(command), v.minLength(1))

type Outcome = { result: unknown } | { error: string }

export interface RedisBridgeOptions {
  /** `redis://host:port`, with the database's number as its path. */
  redisUrl: string
  /** 0, the default: any free one. */
  port?: number | undefined
  /** The bearer token to ask for; made up unless given. */
  token?: string | undefined
}

export interface RedisBridge {
  url: string
  token: string
  close: () => Promise<void>
}

/**
 * Serves Upstash's REST protocol in front of a Redis server on 127.0.0.1: `POST /` for a command, `/pipeline` for
 * several, `/multi-exec` for a transaction. Throws when the server cannot be reached.
 */
export async function startRedisBridge(options: RedisBridgeOptions): Promise<RedisBridge> {
  const token = options.token ?? randomBytes(18).toString('base64url')
  const client = createClient({ url: options.redisUrl, disableOfflineQueue: true })
  // Reconnecting is the client's own business; without a listener a lost connection would end the process.
  client.on('error', () => undefined)
  await client.connect()
  // As octets, so that values that are not UTF-8 pass unchanged.
  const octets = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })

  async function run(parts: readonly string[]): Promise<Outcome> {
    const refused = refusal(parts)
    if (refused !== undefined) return refused
    return octets.sendCommand(parts).then((result) => ({ result }), failed)
  }

  async function transaction(list: readonly (readonly string[])[]): Promise<Outcome[] | { error: string }> {
    const refused = list.map(refusal).find((outcome) => outcome !== undefined)
    if (refused !== undefined) return refused
    const multi = octets.multi()
    for (const parts of list) multi.addCommand([...parts])
    try {
      // Typed as replies of known commands, but commands added as arrays may answer anything, errors included.
      const replies = (await multi.exec().catch(repliesOf)) as unknown[]
      return replies.map((reply) => (reply instanceof ErrorReply ? { error: reply.message } : { result: reply }))
    } catch (error) {
      return failed(error)
    }
  }

  async function answer(path: string, body: unknown): Promise<Outcome | Outcome[] | undefined> {
    if (path === '/') {
      const parsed = v.safeParse(command, body)
      return parsed.success ? run(parsed.output) : { error: 'ERR not a command' }
    }
    if (path !== '/pipeline' && path !== '/multi-exec') return undefined
    const parsed = v.safeParse(commands, body)
    if (!parsed.success) return { error: 'ERR not a list of commands' }
    return path === '/pipeline' ? Promise.all(parsed.output.map(run)) : transaction(parsed.output)
  }

  const served = await serveJson(
    async (request): Promise<JsonAnswer> => {
      if (request.method !== 'POST') return { status: 405, body: { error: 'ERR only POST' } }
      if (!isBearer(request.headers.authorization, token)) return { status: 401, body: { error: 'WRONGPASS' } }
      const body = parseJson(await readBody(request, MAX_BODY_BYTES))
      const outcome = await answer(new URL(request.url ?? '/', 'http://bridge').pathname, body)
      if (outcome === undefined) return { status: 404, body: { error: 'ERR unknown path' } }
      const base64 = request.headers['upstash-encoding'] === 'base64'
      if (Array.isArray(outcome)) return { status: 200, body: outcome.map((each) => encoded(each, base64)) }
      return { status: 'error' in outcome ? 400 : 200, body: encoded(outcome, base64) }
    },
    { host: '127.0.0.1', port: options.port ?? 0 },
  )
  return {
    url: `http://127.0.0.1:${served.port}`,
    token,
    async close() {
      await served.close()
      client.destroy()
    },
  }
}

function refusal([name = '']: readonly string[]): { error: string } | undefined {
  return REFUSED.has(name.toLowerCase()) ? { error: 'ERR command not available over REST' } : undefined
}

/** Redis's own words for what it refused; a lost connection is told without detail. */
function failed(error: unknown): { error: string } {
  return { error: error instanceof ErrorReply ? error.message : 'ERR the server cannot be reached' }
}

/** A transaction in which some commands failed throws, with the replies of all of them. */
function repliesOf(error: unknown): unknown {
  if (error instanceof Error && 'replies' in error) return error.replies
  throw error
}

function isBearer(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? '')
  const expected = Buffer.from(`Bearer ${token}`)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function encoded(outcome: Outcome, base64: boolean): Outcome {
  if ('error' in outcome) return outcome
  // The one word that Upstash leaves as it is.
  return { result: outcome.result === 'OK' ? 'OK' : encodedReply(outcome.result, base64) }
}

function encodedReply(reply: unknown, base64: boolean): unknown {
  if (Array.isArray(reply)) return reply.map((each) => encodedReply(each, base64))
  if (reply instanceof ErrorReply) return reply.message
  if (typeof reply === 'string') return base64 ? Buffer.from(reply).toString('base64') : reply
  if (reply instanceof Buffer) return reply.toString(base64 ? 'base64' : 'utf8')
  return reply ?? null
}
