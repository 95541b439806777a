/** Limits at the edge. */

import { toBase64url, utf8 } from '#protocol/bytes.ts'
import type { Allowance } from '#durable-objects/shared-state/contract.ts'
import { errorFields, log } from '#durable-objects/log.ts'
import { macKey } from '../auth/keys.ts'
import type { RequestContext } from './context.ts'
import { Failure } from './failure.ts'

/**
 * The client's address, IPv6 cut to its /64 (one customer's), as a keyed hash: shared state never holds an address.
 */
export async function addressKey({ config }: RequestContext, headers: Headers): Promise<string> {
  const address = headers.get('cf-connecting-ip') ?? 'unknown'
  const prefix = address.includes(':') ? ipv6Prefix(address) : address
  const mac = await crypto.subtle.sign('HMAC', await macKey(config.tokenSecret, 'address'), utf8(prefix))
  return toBase64url(new Uint8Array(mac).subarray(0, 12))
}

/** The first four groups of an IPv6 address in full (RFC 4291 section 2.2). */
export function ipv6Prefix(address: string): string {
  const [head = '', tail] = address.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}

/**
 * Counts a request against a limit. Throws `rateLimited`. Counters that cannot be reached let the request pass: they may
 * vanish without harm, and a limit must not take the service down with it.
 */
export async function allow(context: RequestContext, what: string, who: string, allowance: Allowance): Promise<void> {
  let taken
  try {
    taken = await context.shared.take(`${what}:${who}`, allowance, context.now)
  } catch (error) {
    log('warn', 'sharedState.failed', { correlationId: context.correlationId, ...errorFields(error) })
    return
  }
  if (!taken.allowed) throw new Failure('rateLimited', { retryAfterMs: taken.retryAfterMs })
}
