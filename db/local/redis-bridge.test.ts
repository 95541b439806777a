import { randomUUID } from 'node:crypto'
import { Redis } from '@upstash/redis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRedisBridge, type RedisBridge } from './redis-bridge.ts'

const redisUrl = process.env['TEST_REDIS_URL'] ?? ''

describe.skipIf(redisUrl === '')('the Upstash bridge over a Redis server', () => {
  let bridge: RedisBridge
  // Another program may use the server: all keys lie under a prefix of this run.
  const prefix = `silentrelay-test:${randomUUID()}:`

  beforeAll(async () => {
    bridge = await startRedisBridge({ redisUrl })
  })

  afterAll(async () => {
    await bridge.close()
    const client = await createClient({ url: redisUrl }).connect()
    const keys = await client.keys(`${prefix}*`)
    if (keys.length > 0) await client.del(keys)
    client.destroy()
  })

  async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(new URL(path, bridge.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${bridge.token}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as unknown }
  }

  it.each(['base64', false] as const)("serves Upstash's own client, response encoding %s", async (responseEncoding) => {
    const redis = new Redis({ url: bridge.url, token: bridge.token, responseEncoding, enableTelemetry: false })
    const key = `${prefix}${randomUUID()}`
    expect(await redis.set(key, 'OK, naïve 🙂', { nx: true, ex: 60 })).toBe('OK')
    expect(await redis.set(key, 'again', { nx: true, ex: 60 })).toBeNull()
    expect(await redis.get(key)).toBe('OK, naïve 🙂')
    expect(await redis.incr(`${key}:n`)).toBe(1)
    const script = 'return {redis.call("INCRBY", KEYS[1], ARGV[1]), "text", {"OK", "nested"}}'
    expect(await redis.eval(script, [`${key}:n`], [4])).toEqual([5, 'text', ['OK', 'nested']])
    const several = redis.pipeline()
    several.incr(`${key}:n`).get(key)
    expect(await several.exec()).toEqual([6, 'OK, naïve 🙂'])
    const together = redis.multi()
    together.incr(`${key}:n`).expire(`${key}:n`, 60)
    expect(await together.exec()).toEqual([7, 1])
  })

  it('passes a value that is not UTF-8 unchanged in base64', async () => {
    const key = `${prefix}${randomUUID()}`
    await post('/', ['EVAL', 'return redis.call("SET", KEYS[1], "\\255\\000\\254")', '1', key])
    const answer = await post('/', ['GET', key], { 'upstash-encoding': 'base64' })
    expect(answer.body).toEqual({ result: Buffer.from([255, 0, 254]).toString('base64') })
  })

  it("answers the server's errors as errors, and the other commands all the same", async () => {
    const key = `${prefix}${randomUUID()}`
    expect(await post('/', ['INCRBY', key, 'x'])).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^ERR /) as string },
    })
    const mixed = [
      ['SET', key, 'text'],
      ['INCR', key],
      ['GET', key],
    ]
    const outcomes = [{ result: 'OK' }, { error: expect.stringMatching(/^ERR /) as string }, { result: 'text' }]
    expect(await post('/pipeline', mixed)).toEqual({ status: 200, body: outcomes })
    expect(await post('/multi-exec', mixed)).toEqual({ status: 200, body: outcomes })
    expect((await post('/multi-exec', [['SET', key, 'changed'], ['NOSUCH']])).status).toBe(400)
    expect((await post('/', ['GET', key])).body).toEqual({ result: 'text' })
  })

  it.each([['SUBSCRIBE', 'x'], ['multi'], ['SELECT', '1'], ['BLPOP', 'x', '0'], ['SHUTDOWN']])(
    'refuses %s, which would harm the shared connection',
    async (...parts) => {
      const refused = { error: 'ERR command not available over REST' }
      expect(await post('/', parts)).toEqual({ status: 400, body: refused })
      expect(await post('/pipeline', [parts])).toEqual({ status: 200, body: [refused] })
      expect(await post('/multi-exec', [['PING'], parts])).toEqual({ status: 400, body: refused })
      expect((await post('/', ['PING'])).body).toEqual({ result: 'PONG' })
    },
  )

  it.each(['', '{', '7', '[]', '[[]]', '[{"a":1}]'])('refuses the body %j by name', async (body) => {
    for (const path of ['/', '/pipeline', '/multi-exec']) {
      expect(await post(path, body)).toMatchObject({ status: 400, body: { error: expect.any(String) as string } })
    }
  })

  it('runs nothing without its token, and knows no other path or method', async () => {
    expect((await post('/', ['PING'], { authorization: 'Bearer wrong' })).status).toBe(401)
    expect((await post('/', ['PING'], { authorization: '' })).status).toBe(401)
    expect((await post('/get/x', ['PING'])).status).toBe(404)
    expect((await fetch(bridge.url)).status).toBe(405)
    expect((await post('/', ['SET', prefix, 'x'.repeat(1024 * 1024)])).status).toBe(413)
  })
})
