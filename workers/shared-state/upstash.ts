import { Redis } from '@upstash/redis/cloudflare'
import { type SharedStateStore, windowAt } from '#durable-objects/shared-state/contract.ts'

/** Shared state in Upstash Redis: one round trip a call. Keys expire by themselves. */
export function upstashSharedState(url: string, token: string): SharedStateStore {
  // One quick retry: these calls stand on a request's path, and a limit that cannot be counted lets it pass.
  const retry = { retries: 1, backoff: () => 50 }
  const redis = new Redis({ url, token, retry, enableTelemetry: false, automaticDeserialization: false })
  return {
    async claim(key, ttlMs) {
      return (await redis.set(`claim:${key}`, '1', { nx: true, px: ttlMs })) === 'OK'
    },
    async take(key, { limit, windowMs }, now) {
      const { index, endsAt } = windowAt(now, windowMs)
      const counter = `count:${key}:${windowMs}:${index}`
      // One transaction, so that a counter never stays behind without an expiry.
      const [count] = await redis.multi().incr(counter).pexpire(counter, windowMs).exec<[number, number]>()
      return count <= limit ? { allowed: true } : { allowed: false, retryAfterMs: endsAt - now }
    },
  }
}
