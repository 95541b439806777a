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

    it('a key is claimed again by its holder, and by nobody else', async () => {
      const store = await open()
      const [nonce, unheld] = [key(), key()]
      const holders = ['ada', 'ben', 'ada', 'ben']
      const claims = []
      for (const holder of holders) claims.push(await store.claim(nonce, 60_000, now, holder))
      expect(claims).toEqual([true, false, true, false])
      expect(await store.claim(nonce, 60_000, now)).toBe(false)
      // What was claimed without a holder has none.
      expect(await store.claim(unheld, 60_000, now)).toBe(true)
      for (const holder of ['ada', '1']) expect(await store.claim(unheld, 60_000, now, holder)).toBe(false)
    })

    it('a bucket gives what is in it, also to many at the same time, and fills again', async () => {
      const store = await open()
      const who = key()
      const rate = { burst: 5, everyMs: 10_000 }
      const taken = await Promise.all(Array.from({ length: 12 }, () => store.take(who, rate, now)))
      expect(taken.filter(({ allowed }) => allowed)).toHaveLength(5)
      expect(taken.find(({ allowed }) => !allowed)).toEqual({ allowed: false, retryAfterMs: 10_000 })
      expect(await store.take(who, rate, now + 9_999)).toEqual({ allowed: false, retryAfterMs: 1 })
      expect(await store.take(who, rate, now + 10_000)).toEqual({ allowed: true })
      expect(await store.take(who, rate, now + 35_000, 3)).toEqual({ allowed: false, retryAfterMs: 5_000 })
      expect(await store.take(who, rate, now + 40_000, 3)).toEqual({ allowed: true })
    })

    it('takes back what was not used', async () => {
      const store = await open()
      const who = key()
      const rate = { burst: 1, everyMs: 60_000 }
      for (let round = 0; round < 3; round += 1) {
        expect(await store.take(who, rate, now)).toEqual({ allowed: true })
        expect(await store.take(who, rate, now)).toMatchObject({ allowed: false })
        expect(await store.take(who, rate, now, -1)).toEqual({ allowed: true })
      }
    })

    it('keys do not share a bucket', async () => {
      const store = await open()
      const rate = { burst: 1, everyMs: 60_000 }
      const who = key()
      expect(await store.take(who, rate, now)).toEqual({ allowed: true })
      expect(await store.take(key(), rate, now)).toEqual({ allowed: true })
      expect(await store.take(who, rate, now)).toMatchObject({ allowed: false })
    })
  })
}
