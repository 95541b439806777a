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
import { CountedLater } from './counted-later.ts'
import { Failure } from './failure.ts'

/**
 * The client's address, IPv6 cut to its /64 (one customer's), as a keyed hash: shared state never holds an address.
 */
export async function addressKey(context: RequestContext, headers: Headers): Promise<string> {
  const address = clientAddress(headers)
  return address === undefined ? NO_ADDRESS : keyOfAddress(context, address)
}

/** The same of an address that somebody names. */
export function keyOfAddress(context: RequestContext, address: string): Promise<string> {
  return prefixKey(context, addressPrefix(address))
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

/** What {@link allowBehind} let through and did not count yet. Of this isolate. */
const behind = new CountedLater()
/** A lone message is counted when it has been delivered, and a flood of them four times a second. */
const COUNTED_AFTER_MS = 250

/**
 * {@link allow} for what is too frequent to wait for its own counting, and to be written down one by one: this request passes by what
 * this isolate knows, and is counted in a while with all that come meanwhile. So a flood gets a burst through for each isolate, once.
 */
export function allowBehind(context: RequestContext, name: EdgeRate, who: string, cost = 1): void {
  const key = `${name}:${who}`
  const result = behind.judge(key, RATES[name], cost, context.now)
  if (!result.allowed) {
    if (behind.isOverdue(key, context.now)) waitUntil(count(context, RATES[name], key))
    note(context, name, who)
    throw new Failure('rateLimited', result)
  }
  const verdict = knownVerdict(context, who)
  if (verdict?.level === 'blocked') throw new Failure('rateLimited', { retryAfterMs: verdict.until - context.now })
  countBehind(context, name, who, cost)
}

/** Counts what was answered already, likewise. */
export function countBehind(context: RequestContext, name: EdgeRate, who: string, cost: number): void {
  const key = `${name}:${who}`
  if (cost > 0 && behind.add(key, cost)) waitUntil(count(context, RATES[name], key))
}

async function count(context: RequestContext, rate: TableRate, key: string): Promise<void> {
  await scheduler.wait(COUNTED_AFTER_MS)
  const cost = behind.take(key, rate)
  const now = Date.now()
  behind.settle(key, cost, await takenAt({ ...context, now }, rate, key, cost), now)
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
  const held = rate.by === 'address' ? await heldBack(context, who) : undefined
  if (held !== undefined) return held
  const result = await takenAt(context, rate, `${name}:${who}`, cost)
  if (!result.allowed) note(context, name, who)
  return result
}

/** What the watch refuses an address; `undefined` when nothing. */
async function heldBack(context: RequestContext, address: string): Promise<Taken | undefined> {
  const verdict = await verdictOn(context, address)
  if (verdict?.level === 'blocked') return { allowed: false, retryAfterMs: verdict.until - context.now }
  if (verdict?.level !== 'slowed') return undefined
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
