/** Limits at the edge. */

import { waitUntil } from 'cloudflare:workers'
import { toBase64url, utf8 } from '#protocol/bytes.ts'
import type { Rate, Taken } from '#durable-objects/rates/bucket.ts'
import { type EdgeRate, RATES } from '#durable-objects/rates/table.ts'
import { errorFields, log } from '#durable-objects/log.ts'
import { macKey } from '../auth/keys.ts'
import { addressPrefix, networkPrefix } from './address.ts'
import type { RequestContext } from './context.ts'
import { Failure } from './failure.ts'

/**
 * The client's address, IPv6 cut to its /64 (one customer's), as a keyed hash: shared state never holds an address.
 */
export function addressKey(context: RequestContext, headers: Headers): Promise<string> {
  return prefixKey(context, addressPrefix(clientAddress(headers)))
}

/** What one customer of a provider may have many of, likewise: the /24 of an IPv4 address, the /48 of an IPv6 one (RFC 6177). */
export function networkKey(context: RequestContext, headers: Headers): Promise<string> {
  return prefixKey(context, `network ${networkPrefix(clientAddress(headers))}`)
}

async function prefixKey({ config }: RequestContext, prefix: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', await macKey(config.tokenSecret, 'address'), utf8(prefix))
  return toBase64url(new Uint8Array(mac).subarray(0, 12))
}

/** As the platform says; it overwrites what a client says. */
function clientAddress(headers: Headers): string {
  return headers.get('cf-connecting-ip') ?? 'unknown'
}

/**
 * Counts a request against a rate. Throws `rateLimited`. Counters that cannot be reached let the request pass: they may
 * vanish without harm, and a limit must not take the service down with it.
 *
 * @param who of whom the rate is: what `addressKey` or `networkKey` answers, an account, or a device
 * @param cost in requests, at most the rate's burst
 */
export function allow(context: RequestContext, name: EdgeRate, who: string, cost?: number): Promise<void> {
  return allowAt(context, RATES[name], `${name}:${who}`, cost)
}

/** Until when who was refused by {@link allowBehind}: of this isolate, and only a copy of what is counted. */
const refused = new Map<string, number>()
const REFUSED_KEPT = 10_000

/**
 * {@link allow} for what is too frequent to wait for its own counting: this request passes unless one before it was refused,
 * and is counted meanwhile. So a flood gets as many through as are under way at once, and no more.
 */
export function allowBehind(context: RequestContext, name: EdgeRate, who: string, cost?: number): void {
  const key = `${name}:${who}`
  const until = refused.get(key) ?? 0
  if (until > context.now) throw new Failure('rateLimited', { retryAfterMs: until - context.now })
  refused.delete(key)
  if (cost !== 0) waitUntil(count(context, name, key, cost))
}

async function count(context: RequestContext, name: EdgeRate, key: string, cost?: number): Promise<void> {
  const result = await takenAt(context, RATES[name], key, cost)
  if (result.allowed) return
  for (const oldest of refused.keys()) {
    if (refused.size < REFUSED_KEPT) break
    refused.delete(oldest)
  }
  refused.set(key, context.now + result.retryAfterMs)
}

/** {@link allow} by a rate that is not in the table, because it is the deployment's. */
export async function allowAt(context: RequestContext, rate: Rate, key: string, cost?: number): Promise<void> {
  const result = await takenAt(context, rate, key, cost)
  if (!result.allowed) throw new Failure('rateLimited', result)
}

/** {@link allow}, for who answers otherwise than by a failure. */
export function taken(context: RequestContext, name: EdgeRate, who: string): Promise<Taken> {
  return takenAt(context, RATES[name], `${name}:${who}`)
}

async function takenAt(context: RequestContext, rate: Rate, key: string, cost?: number): Promise<Taken> {
  try {
    return await context.shared.take(key, rate, context.now, cost)
  } catch (error) {
    log('warn', 'sharedState.failed', { correlationId: context.correlationId, ...errorFields(error) })
    return { allowed: true }
  }
}
