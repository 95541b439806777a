import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { openDatabase } from './client.ts'
import { DatabaseStatementError, DatabaseUnavailableError, DatabaseUrlError, violatedUnique } from './errors.ts'
import { archiveEnvelopes } from './queries/envelopes.ts'
import { ping } from './queries/health.ts'

const URL_WITH_PASSWORD = 'postgres://user:hunter2@db.example/app'

const servers: Server[] = []

/** A database endpoint that behaves as told. */
async function endpoint(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/sql`
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

async function failureOf(listener: RequestListener, timeoutMs = 5_000): Promise<unknown> {
  const db = openDatabase({ url: URL_WITH_PASSWORD, fetchEndpoint: await endpoint(listener), timeoutMs })
  return ping(db).catch((error: unknown) => error)
}

function answering(status: number, body: string): RequestListener {
  return (_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}

describe('a database that cannot serve now is one named error', () => {
  it('when nobody listens', async () => {
    const closed = await endpoint(answering(200, '{}'))
    const server = servers.pop()
    server?.close()
    await once(server as Server, 'close')
    await expect(ping(openDatabase({ url: URL_WITH_PASSWORD, fetchEndpoint: closed }))).rejects.toMatchObject({
      name: 'DatabaseUnavailableError',
      reason: 'unreachable',
    })
  })

  it('when no answer comes in time', async () => {
    expect(await failureOf(() => undefined, 50)).toMatchObject({ name: 'DatabaseUnavailableError', reason: 'timeout' })
  })

  it('when an answer starts and does not end in time', async () => {
    const error = await failureOf((_, response) => response.writeHead(200).write('{"rows":['), 50)
    expect(error).toMatchObject({ name: 'DatabaseUnavailableError', reason: 'timeout' })
  })

  it('when the connection breaks in the middle of an answer', async () => {
    const error = await failureOf((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"rows":[', () => response.destroy())
    })
    expect(error).toMatchObject({ name: 'DatabaseUnavailableError', reason: 'unreachable' })
  })

  it.each([500, 502, 503, 429])('when the proxy answers %i', async (status) => {
    const error = await failureOf(answering(status, 'upstream said: secret'))
    expect(error).toMatchObject({ name: 'DatabaseUnavailableError', reason: 'server', httpStatus: status })
  })

  it.each(['57P01', '57P03', '53300', '08006', '40P01', 'XX000'])('when the server answers %s', async (code) => {
    const error = await failureOf(answering(400, JSON.stringify({ message: 'going down', code })))
    expect(error).toMatchObject({ name: 'DatabaseUnavailableError', reason: 'server', sqlState: code })
  })

  it.each([
    ['no code', 400, '{"message":"Control plane request failed","code":null}'],
    ['no JSON', 200, '<html>'],
    ['no JSON in an error', 400, '<html>'],
  ])('when the answer has %s', async (_, status, body) => {
    expect(await failureOf(answering(status, body))).toBeInstanceOf(DatabaseUnavailableError)
  })
})

describe('a refused statement is another named error', () => {
  it('with its state and its constraint', async () => {
    const body = { message: 'duplicate key', code: '23505', constraint: 'accounts_pkey', detail: 'Key (id)=(x) exists' }
    const error = await failureOf(answering(400, JSON.stringify(body)))
    expect(error).toBeInstanceOf(DatabaseStatementError)
    expect(violatedUnique(error)).toBe('accounts_pkey')
  })

  it('and so is a request that the proxy refuses', async () => {
    expect(await failureOf(answering(413, ''))).toMatchObject({ name: 'DatabaseStatementError', httpStatus: 413 })
  })

  it('and only 23505 counts as a unique violation', async () => {
    const body = JSON.stringify({ message: 'x', code: '23514', constraint: 'accounts_id_length' })
    expect(violatedUnique(await failureOf(answering(400, body)))).toBeUndefined()
    expect(violatedUnique(new Error('23505'))).toBeUndefined()
  })
})

describe('errors carry nothing of what was sent or stored', () => {
  const row = {
    accountId: 'secret-account',
    incarnation: 'secret-life',
    device: 1,
    seq: 1,
    messageId: 'secret-message',
    senderAccount: 'secret-sender',
    senderDevice: 1,
    body: 'secret-body',
    urgent: false,
    acceptedAt: 0,
    expiresAt: 1,
  }
  const refusals = [
    [400, { message: 'secret-text', code: '23505', constraint: 'c', detail: 'Key (body)=(secret-body)' }],
    [400, { message: 'secret-text', code: '57P01' }],
    [500, { message: 'secret-text' }],
  ] as const

  it.each(refusals)('status %i %o', async (status, body) => {
    const fetchEndpoint = await endpoint(answering(status, JSON.stringify(body)))
    const db = openDatabase({ url: URL_WITH_PASSWORD, fetchEndpoint })
    const error = await archiveEnvelopes(db, [row]).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    const { stack, message, cause } = error as Error
    expect(cause).toBeUndefined()
    expect(JSON.stringify([error, stack, message])).not.toMatch(/secret-|hunter2/)
  })

  it.each([
    'mysql://user:hunter2@host/x',
    'postgres://user:hunter2@host',
    'postgres://:hunter2@host/x',
    'user:hunter2@host',
  ])('nor does the URL %s, which is refused by name', (url) => {
    let thrown: unknown
    try {
      openDatabase({ url })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(DatabaseUrlError)
    expect(`${(thrown as Error).stack}`).not.toContain('hunter2')
  })
})

it('two databases of one program keep to their own endpoints', async () => {
  const seen: string[] = []
  const answer = JSON.stringify({ fields: [], rows: [], rowCount: 0, command: 'SELECT' })
  const named = (name: string) =>
    endpoint((request, response) => {
      seen.push(name)
      answering(200, answer)(request, response)
    })
  const [first, second] = [await named('first'), await named('second')]
  const one = openDatabase({ url: URL_WITH_PASSWORD, fetchEndpoint: first })
  const two = openDatabase({ url: URL_WITH_PASSWORD, fetchEndpoint: second })
  await ping(one)
  await ping(two)
  await ping(one)
  expect(seen).toEqual(['first', 'second', 'first'])
})
