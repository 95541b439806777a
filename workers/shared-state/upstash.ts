import { Redis } from '@upstash/redis/cloudflare'
import type { SharedStateStore } from '#durable-objects/shared-state/contract.ts'

/**
 * `takeFrom` of `durable-objects/rates/bucket.ts`, where the bucket is: KEYS[1] it; ARGV now, burst, everyMs, cost. Answers
 * how long to wait; 0: taken. Numbers go as text, since Redis cuts those of Lua to integers.
 */
const TAKE = `
local now, every = tonumber(ARGV[1]), tonumber(ARGV[3])
local empty = now + tonumber(ARGV[2]) * every
local from = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or now), now), empty)
local next = from + tonumber(ARGV[4]) * every
local kept = next > empty and from or next
if kept > now then redis.call('SET', KEYS[1], string.format('%.3f', kept), 'PX', math.ceil(kept - now))
else redis.call('DEL', KEYS[1]) end
return string.format('%.0f', math.ceil(math.max(0, next - empty)))`

/** Shared state in Upstash Redis: one round trip a call. Keys expire by themselves. */
export function upstashSharedState(url: string, token: string): SharedStateStore {
  // One quick retry: these calls stand on a request's path, and a limit that cannot be counted lets it pass.
  const retry = { retries: 1, backoff: () => 50 }
  const redis = new Redis({ url, token, retry, enableTelemetry: false, automaticDeserialization: false })
  return {
    async claim(key, ttlMs, _now, holder) {
      const value = holder === undefined ? '1' : `by ${holder}`
      if ((await redis.set(`claim:${key}`, value, { nx: true, px: ttlMs })) === 'OK') return true
      return holder !== undefined && (await redis.get<string>(`claim:${key}`)) === value
    },
    async take(key, { burst, everyMs }, now, cost = 1) {
      const args = [now, burst, everyMs, cost].map(String)
      const retryAfterMs = Number(await redis.eval<string[], string>(TAKE, [`bucket:${key}`], args))
      return retryAfterMs === 0 ? { allowed: true } : { allowed: false, retryAfterMs }
    },
  }
}
