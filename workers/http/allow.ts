/** Limits at the edge. */

import { waitUntil } from 'cloudflare:workers'
import { toBase64url, utf8 } from '#protocol/bytes.ts'
import type { Rate, Taken } from '#durable-objects/rates/bucket.ts'
import { type EdgeRate, RATES, type TableRate } from '#durable-objects/rates/table.ts'
import { errorFields, log } from '#durable-objects/log.ts'
import { macKey } from '../auth/keys.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import { NO_ADDRESS, conspicuousIn, knownVerdict, noteAccount, noteAddress, verdictOn } from '../watch.ts'
import { addressPrefix, networkPrefix } from './address.ts'
import type { RequestContext } from './context.ts'
import { Failure } from './failure.ts'

/**
 * The client's address, IPv6 cut to its /64 (one customer's), as a keyed hash: shared state never holds an address.
 */
export async function addressKey(context: RequestContext, headers: Headers): Promise<string> {
  const address = clientAddress(headers)
  return address === undefined ? NO_ADDRESS : prefixKey(context, addressPrefix(address))
}

/** What one customer of a provider may have many of, likewise: the /24 of an IPv4 address, the /48 of an IPv6 one (RFC 6177). */
export function networkKey(context: RequestContext, headers: Headers): Promise<string> {
  return prefixKey(context, `network ${networkPrefix(clientAddress(headers) ?? NO_ADDRESS)}`)
}

async function prefixKey({ config }: RequestContext, prefix: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', await macKey(config.tokenSecret, 'address'), utf8(prefix))
  return toBase64url(new Uint8Array(mac).subarray(0, 12))
}

/** As the platform says; it overwrites what a client says. */
function clientAddress(headers: Headers): string | undefined {
  return headers.get('cf-connecting-ip') ?? undefined
}

/**
 * Counts a request against a rate. Throws `rateLimited`. Counters that cannot be reached let the request pass: they may
 * vanish without harm, and a limit must not take the service down with it.
 *
 * @param who of whom the rate is: what `addressKey` or `networkKey` answers, an account, or a device
 * @param cost in requests, at most the rate's burst
 */
export async function allow(context: RequestContext, name: EdgeRate, who: string, cost?: number): Promise<void> {
  const result = await taken(context, name, who, cost)
  if (!result.allowed) throw new Failure('rateLimited', result)
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
  if (until > context.now) {
    note(context, name, who)
    throw new Failure('rateLimited', { retryAfterMs: until - context.now })
  }
  refused.delete(key)
  const verdict = knownVerdict(context, who)
  if (verdict?.level === 'blocked') throw new Failure('rateLimited', { retryAfterMs: verdict.until - context.now })
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

/** {@link allow} by a rate that is not in the table, because it is the deployment's. Of `address`, whoever else `key` counts. */
export async function allowRegistration(
  context: RequestContext,
  rate: Rate,
  key: string,
  address: string,
): Promise<void> {
  const held = await heldBack(context, address)
  const result = held ?? (await takenAt(context, rate, key))
  if (result.allowed) return
  if (held === undefined) noteAddress(context, address, 'registrationFlood')
  throw new Failure('rateLimited', result)
}

/** {@link allow}, for who answers otherwise than by a failure. */
export async function taken(context: RequestContext, name: EdgeRate, who: string, cost?: number): Promise<Taken> {
  const rate: TableRate = RATES[name]
  const held = rate.by === 'address' ? await heldBack(context, who, name === 'groupSendsPerAddress') : undefined
  if (held !== undefined) return held
  const result = await takenAt(context, rate, `${name}:${who}`, cost)
  if (!result.allowed) note(context, name, who)
  return result
}

/** What the watch refuses an address; `undefined` when nothing. A message does not wait until the watch was asked. */
async function heldBack(context: RequestContext, address: string, isMessage = false): Promise<Taken | undefined> {
  const verdict = isMessage ? knownVerdict(context, address) : await verdictOn(context, address)
  if (verdict?.level === 'blocked') return { allowed: false, retryAfterMs: verdict.until - context.now }
  if (verdict?.level !== 'slowed' || isMessage) return undefined
  const slowed = await takenAt(context, RATES.slowedPerAddress, `slowedPerAddress:${address}`)
  if (slowed.allowed) return undefined
  noteAddress(context, address, 'flood')
  return slowed
}

/** A limit was exceeded: of an address by whoever is behind it, else by the account itself. */
function note(context: RequestContext, name: EdgeRate, who: string): void {
  const { by, signal = 'flood' }: TableRate = RATES[name]
  if (by === 'address') noteAddress(context, who, signal)
  else noteAccount(context, who.split('.')[0] ?? who, signal)
}

async function takenAt(context: RequestContext, rate: Rate, key: string, cost?: number): Promise<Taken> {
  try {
    return await context.shared.take(key, rate, context.now, cost)
  } catch (error) {
    log('warn', 'sharedState.failed', { correlationId: context.correlationId, ...errorFields(error) })
    return { allowed: true }
  }
}

/** Tells the watch of a failure that is conspicuous. `account`: whose good token the request came with. */
export async function noteFailure(
  context: RequestContext,
  headers: Headers,
  account: string | undefined,
  code: ErrorCode,
): Promise<void> {
  const found = conspicuousIn(code)
  if (found?.by === 'address') noteAddress(context, await addressKey(context, headers), found.signal)
  else if (found !== undefined && account !== undefined) noteAccount(context, account, found.signal)
}
