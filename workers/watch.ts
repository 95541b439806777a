/** What the edge tells the watch, and what it knows of its verdicts on addresses. */

import { waitUntil } from 'cloudflare:workers'
import type { Signal } from '#db/audit/signals.ts'
import { errorFields, log } from '#durable-objects/log.ts'
import { CLEAR, type Verdict } from '#durable-objects/watch/judge.ts'
import { Reporter, restrict } from '#durable-objects/watch/report.ts'
import { accountSubject, addressSubject } from '#durable-objects/watch/subject.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import type { RequestContext } from './http/context.ts'

/** How long this isolate takes a verdict for true, since it may get worse; and how long a block, should it be lifted. */
const TRUSTED_FOR_MS = 10_000
const BLOCK_TRUSTED_FOR_MS = 60_000
const KEPT = 10_000

interface Known {
  readonly verdict: Verdict
  readonly until: number
}

/** Of this isolate, and only a copy. The oldest go first. */
const known = new Map<string, Known>()
const reporter = new Reporter()

/** A request without an address has nobody to be watched: it did not come by the platform's edge. */
export const NO_ADDRESS = 'unknown'

function learn(address: string, verdict: Verdict, now: number): Verdict {
  known.delete(address)
  for (const oldest of known.keys()) {
    if (known.size < KEPT) break
    known.delete(oldest)
  }
  const until = verdict.level === 'blocked' ? Math.min(verdict.until, now + BLOCK_TRUSTED_FOR_MS) : now + TRUSTED_FOR_MS
  known.set(address, { verdict, until })
  return verdict
}

/** What is known of an address is not true any more. Other isolates go on for what is left of a minute. */
export function forgetVerdict(address: string): void {
  known.delete(address)
}

async function ask({ correlationId, now, watch }: RequestContext, address: string): Promise<Verdict> {
  const subject = addressSubject(address)
  try {
    return learn(address, await watch(subject).verdict(subject), now)
  } catch (error) {
    log('warn', 'watch.failed', { correlationId, ...errorFields(error) })
    // It must not take the service down with it.
    return CLEAR
  }
}

/**
 * What an address may do, as far as this isolate knows it; asks for what it does not know, and waits for nothing.
 *
 * @param address what `addressKey` answers
 */
export function knownVerdict(context: RequestContext, address: string): Verdict | undefined {
  const found = known.get(address)
  if (found !== undefined && found.until > context.now) return found.verdict
  if (address !== NO_ADDRESS) waitUntil(ask(context, address))
  return undefined
}

/** What an address may do. Asked at most once in a while. */
export async function verdictOn(context: RequestContext, address: string): Promise<Verdict> {
  if (address === NO_ADDRESS) return CLEAR
  const found = known.get(address)
  return found !== undefined && found.until > context.now ? found.verdict : ask(context, address)
}

/** Tells the watch of an address. Nobody waits. */
export function noteAddress(context: RequestContext, address: string, signal: Signal, count = 1): void {
  if (address === NO_ADDRESS) return
  const { correlationId, now, watch } = context
  waitUntil(
    reporter.report(addressSubject(address), { signal, count, correlationId }, watch, (verdict) =>
      learn(address, verdict, now),
    ),
  )
}

/** Tells the watch of an account, for what it did itself, and has its object do what the watch says. */
export function noteAccount(context: RequestContext, account: string, signal: Signal): void {
  const { config, correlationId, relay, watch } = context
  const subject = accountSubject(config.tokenSecret, account)
  waitUntil(
    reporter.report(subject, { signal, count: 1, correlationId }, watch, (verdict) =>
      restrict(relay(account), account, correlationId, verdict),
    ),
  )
}

/** Failures that are conspicuous, and whose they are. An account is blamed only for what it did with a token that is good. */
const CONSPICUOUS: Partial<
  Readonly<Record<ErrorCode, { readonly signal: Signal; readonly by: 'address' | 'account' }>>
> = {
  challengeInvalid: { signal: 'authFailure', by: 'address' },
  signatureInvalid: { signal: 'authFailure', by: 'address' },
  tokenInvalid: { signal: 'tokenMisuse', by: 'address' },
  tokenRevoked: { signal: 'tokenMisuse', by: 'address' },
  deviceRevoked: { signal: 'tokenMisuse', by: 'address' },
  inviteInvalid: { signal: 'enumeration', by: 'address' },
  usernameNotFound: { signal: 'enumeration', by: 'account' },
  linkInvalid: { signal: 'enumeration', by: 'account' },
}

/** What a failure tells the watch; `undefined`: nothing. */
export function conspicuousIn(
  code: ErrorCode,
): { readonly signal: Signal; readonly by: 'address' | 'account' } | undefined {
  return CONSPICUOUS[code]
}
