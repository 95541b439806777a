import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { neon, neonConfig } from '@neondatabase/serverless'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '#db/client.ts'
import { DatabaseUnavailableError } from '#db/errors.ts'
import { ping } from '#db/queries/health.ts'
import { fetchStatement } from '../transport.ts'
import { startBridge } from './bridge.ts'
import { administer, testDatabases, type TestDatabase } from './test/databases.ts'

interface Answer {
  status: number
  body: { rows?: unknown[]; results?: { rows: unknown[] }[]; code?: string; message?: string; fields?: unknown[] }
}

describe.each(testDatabases())('the Neon bridge over the $name', ({ name, open }) => {
  let opened: TestDatabase

  beforeAll(async () => {
    opened = await open()
  })

  afterAll(async () => {
    await opened.close()
  })

  async function post(body: unknown, headers: Record<string, string> = {}, method = 'POST'): Promise<Answer> {
    const response = await fetch(opened.bridge.endpoint, {
      method,
      headers: { 'neon-connection-string': opened.bridge.url, ...headers },
      ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }

  it('answers values as text, rows as objects or as arrays', async () => {
    const query = 'select 7 as a, null as b, true as c, $1::bytea as d'
    const params = ['\\x00ff']
    expect(await post({ query, params })).toMatchObject({
      status: 200,
      body: {
        rows: [{ a: '7', b: null, c: 't', d: '\\x00ff' }],
        rowCount: 1,
        command: 'SELECT',
        fields: [
          { name: 'a', dataTypeID: 23 },
          { name: 'b', dataTypeID: 25 },
          { name: 'c', dataTypeID: 16 },
          { name: 'd', dataTypeID: 17 },
        ],
      },
    })
    expect((await post({ query, params }, { 'neon-array-mode': 'true' })).body.rows).toEqual([
      ['7', null, 't', '\\x00ff'],
    ])
    expect((await post({ query, params, arrayMode: true })).body.rows).toEqual([['7', null, 't', '\\x00ff']])
  })

  it('runs a list of statements as one transaction, with the isolation that the headers ask for', async () => {
    const show = [{ query: 'show transaction_isolation' }, { query: 'show transaction_read_only' }]
    const headers = { 'neon-batch-isolation-level': 'Serializable', 'neon-batch-read-only': 'true' }
    const asked = await post({ queries: show }, headers)
    expect(asked.body.results?.map(({ rows }) => rows[0])).toEqual([
      { transaction_isolation: 'serializable' },
      { transaction_read_only: 'on' },
    ])
    const usual = await post({ queries: show })
    expect(usual.body.results?.[0]?.rows).toEqual([{ transaction_isolation: 'read committed' }])
    expect(await post({ queries: show }, { 'neon-batch-isolation-level': 'serializable; drop table x' })).toMatchObject(
      {
        status: 400,
        body: { code: '08P01' },
      },
    )
  })

  it('undoes all of a transaction that fails, and serves on', async () => {
    await post({ query: 'create table undone (x int primary key)' })
    const insert = { query: 'insert into undone values (1)' }
    expect(await post({ queries: [insert, insert] })).toMatchObject({
      status: 400,
      body: { code: '23505', constraint: 'undone_pkey', table: 'undone' },
    })
    expect((await post({ query: 'select * from undone' })).body.rows).toEqual([])
  })

  it('serves the driver itself', async () => {
    neonConfig.fetchFunction = fetchStatement
    const run = neon(opened.bridge.url, { fetchOptions: { endpoint: opened.bridge.endpoint, timeoutMs: 10_000 } })
    expect(await run`select ${'naïve 🙂'} as t, ${12}::int as n, ${new Uint8Array([1, 2])}::bytea as b`).toEqual([
      { t: 'naïve 🙂', n: 12, b: Buffer.from([1, 2]) },
    ])
  })

  it.each([
    ['not JSON', '{'],
    ['no object', '7'],
    ['no query', '{"params":[]}'],
    ['a query that is no text', '{"query":1}'],
    ['parameters that are no list', '{"query":"select 1","params":{}}'],
    ['a parameter that is an object', '{"query":"select $1","params":[{}]}'],
    ['a transaction of something else', '{"queries":["select 1"]}'],
  ])('refuses a body with %s by name', async (_, body) => {
    expect(await post(body)).toMatchObject({ status: 400, body: { code: '08P01' } })
  })

  it("answers the database's own error for a bad statement or a wrong number of parameters", async () => {
    expect(await post({ query: 'selekt' })).toMatchObject({ status: 400, body: { code: '42601' } })
    expect(await post({ query: 'select $1::int', params: [] })).toMatchObject({ status: 400, body: { code: '08P01' } })
    expect(await post({ query: 'select $1::int', params: ['x'] })).toMatchObject({
      status: 400,
      body: { code: '22P02' },
    })
    expect(await post({ query: 'select 1; select 2' })).toMatchObject({ status: 400, body: { code: '42601' } })
    expect((await post({ query: 'select 1 as one' })).body.rows).toEqual([{ one: '1' }])
  })

  it('refuses other methods and paths', async () => {
    expect((await post('', {}, 'GET')).status).toBe(405)
    expect((await post('', {}, 'OPTIONS')).status).toBe(405)
    const elsewhere = await fetch(new URL('/other', opened.bridge.endpoint), { method: 'POST', body: '{}' })
    expect(elsewhere.status).toBe(404)
  })

  it.each(['', 'postgres://bridge:wrong@127.0.0.1/bridge', 'not a url'])(
    'runs nothing without its own password: %j',
    async (header) => {
      expect((await post({ query: 'select 1' }, { 'neon-connection-string': header })).status).toBe(401)
    },
  )

  it('refuses a body above its limit without reading it all', async () => {
    const bridge = await startBridge({ connectionString: opened.connectionString, maxBodyBytes: 1_000 })
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(bridge.endpoint, { method: 'POST', headers: { 'neon-connection-string': bridge.url } })
      sent.on('response', (response) => {
        resolve(response.statusCode)
        void text(response).then(() => sent.destroy())
      })
      sent.on('error', reject)
      // Never ended: only the limit can bring an answer.
      sent.write('x'.repeat(5_000))
    })
    expect(status).toBe(413)
    await bridge.close()
  })

  it('takes as many callers at once as come', async () => {
    const rows = await Promise.all(
      Array.from({ length: 40 }, (_, n) => opened.db.run((s) => s.execute<{ n: number }>(sql`select ${n}::int as n`))),
    )
    expect(rows.map((result) => result.rows[0]?.n)).toEqual(Array.from({ length: 40 }, (_, n) => n))
  })

  it.skipIf(name === 'embedded PostgreSQL')('survives the server ending its connections, idle or busy', async () => {
    await ping(opened.db)
    const busy = opened.db.run((statements) => statements.execute(sql`select pg_sleep(60)`))
    const outcome = busy.catch((error: unknown) => error)
    await expect.poll(sleepers, { timeout: 10_000 }).toBe('1')
    await administer(
      opened.connectionString,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    expect(await outcome).toMatchObject({ name: 'DatabaseUnavailableError', sqlState: '57P01' })
    // A connection that the pool still takes for alive fails once more, in the same named way.
    const pinged = () => ping(opened.db).catch((error: unknown) => error)
    await expect.poll(pinged, { timeout: 10_000 }).toBeUndefined()
  })

  async function sleepers(): Promise<unknown> {
    const query = "select count(*) as n from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'"
    const { body } = await post({ query, arrayMode: true })
    return (body.rows as unknown[][])[0]?.[0]
  }
})

it('a bridge whose server is gone says so, as unavailable', async () => {
  const bridge = await startBridge({ connectionString: 'postgres://postgres@127.0.0.1:1/none' })
  const db = openDatabase({ url: bridge.url, fetchEndpoint: bridge.endpoint })
  const error: unknown = await ping(db).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(DatabaseUnavailableError)
  expect(error).toMatchObject({ httpStatus: 503 })
  await bridge.close()
})
