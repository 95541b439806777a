import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RedisBridge, startRedisBridge } from '#db/local/redis-bridge.ts'
import { sharedStateContract } from '#test/contracts/shared-state.ts'
import { upstashSharedState } from './upstash.ts'

const redisUrl = process.env['TEST_REDIS_URL']

/** Runs where a real Redis is at hand; the embedded store passes the same contract everywhere. */
describe.runIf(redisUrl !== undefined)('with a real Redis', () => {
  let bridge: RedisBridge
  beforeAll(async () => {
    bridge = await startRedisBridge({ redisUrl: redisUrl ?? '' })
  })
  afterAll(() => bridge.close())
  sharedStateContract('Upstash protocol over Redis', () => upstashSharedState(bridge.url, bridge.token))
})

it('a Redis that cannot be reached rejects, and does not answer yes', async () => {
  const store = upstashSharedState('http://127.0.0.1:9', 'token')
  await expect(store.claim('key', 1_000, 0)).rejects.toThrow()
})
