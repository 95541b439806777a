import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'

it('is ready: the database, the objects and R2 answer', async () => {
  const response = await exports.default.fetch('http://relay.test/ready')
  expect(await response.json()).toMatchObject({ status: 'ok', checks: { database: 'ok', objects: 'ok', r2: 'ok' } })
  expect(response.status).toBe(200)
})

it('keeps what an object stored when it is evicted', async () => {
  const stub = env.SHARED_STATE.get(env.SHARED_STATE.idFromName('evicted'))
  await runInDurableObject(stub, (_, state) => state.storage.put('kept', 1))
  await evictDurableObject(stub)
  expect(await runInDurableObject(stub, (_, state) => state.storage.get('kept'))).toBe(1)
})
