import { describe, expect, it } from 'vitest'
import type { SharedStateStore } from '#durable-objects/shared-state/contract.ts'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'

/** The contract of shared state, for every store that keeps it. Keys are random, so that runs do not meet. */
export function sharedStateContract(name: string, open: () => SharedStateStore | Promise<SharedStateStore>): void {
  const key = () => `test-${toBase64url(randomBytes(9))}`
  // In the future: a store with a clock of its own must not drop what was just written.
  const now = Math.ceil(Date.now() / 60_000) * 60_000

  describe(`shared state: ${name}`, () => {
    it('a key is claimed once, also by many at the same time', async () => {
      const store = await open()
      const nonce = key()
      const claims = await Promise.all(Array.from({ length: 10 }, () => store.claim(nonce, 60_000, now)))
      expect(claims.filter(Boolean)).toHaveLength(1)
      expect(await store.claim(nonce, 60_000, now)).toBe(false)
      expect(await store.claim(key(), 60_000, now)).toBe(true)
    })

    it('an allowance is counted exactly, also by many at the same time, and starts anew with the next window', async () => {
      const store = await open()
      const who = key()
      const allowance = { limit: 5, windowMs: 60_000 }
      const taken = await Promise.all(Array.from({ length: 12 }, () => store.take(who, allowance, now + 1_000)))
      expect(taken.filter(({ allowed }) => allowed)).toHaveLength(5)
      expect(taken.find(({ allowed }) => !allowed)).toEqual({ allowed: false, retryAfterMs: 59_000 })
      expect(await store.take(who, allowance, now + 59_999)).toEqual({ allowed: false, retryAfterMs: 1 })
      expect(await store.take(who, allowance, now + 60_000)).toEqual({ allowed: true })
    })

    it('keys and windows do not share a count', async () => {
      const store = await open()
      const who = key()
      const allowance = { limit: 1, windowMs: 60_000 }
      expect(await store.take(who, allowance, now)).toEqual({ allowed: true })
      expect(await store.take(key(), allowance, now)).toEqual({ allowed: true })
      expect(await store.take(who, { limit: 1, windowMs: 120_000 }, now)).toEqual({ allowed: true })
      expect(await store.take(who, allowance, now)).toMatchObject({ allowed: false })
    })
  })
}
