import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { sharedStateContract } from '#test/contracts/shared-state.ts'
import { durableSharedState } from '#workers/shared-state/durable.ts'

sharedStateContract('Durable Objects', () => durableSharedState(env.SHARED_STATE))

it('limits and nonces survive eviction, and rows that ran out are swept by alarm', async () => {
  const stub = env.SHARED_STATE.get(env.SHARED_STATE.idFromName('sweeping'))
  const past = Date.now() - 30_000
  expect(await stub.claim('nonce', 20_000, past)).toBe(true)
  expect(await stub.take('who', { burst: 1, everyMs: 1_000 }, past)).toEqual({ allowed: true })
  await evictDurableObject(stub)
  expect(await stub.claim('nonce', 20_000, past + 1)).toBe(false)
  expect(await runDurableObjectAlarm(stub)).toBe(true)
  await runInDurableObject(stub, async (_, state) => {
    expect(state.storage.sql.exec('SELECT key FROM claims UNION ALL SELECT key FROM buckets').toArray()).toEqual([])
    expect(await state.storage.getAlarm()).toBeNull()
  })
  expect(await stub.claim('nonce', 60_000, Date.now())).toBe(true)
})
