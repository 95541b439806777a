/** One interface for all services that wake devices. */

import type { PushTarget } from '#protocol/push.ts'

/**
 * - `sent`: the service has taken it.
 * - `gone`: the target is dead, and to be forgotten.
 * - `later`: try again, after `afterS` seconds where the service said so.
 * - `refused`: the service will not take it, whatever is tried: the deployment's own mistake, such as a wrong key.
 */
export type PushOutcome =
  | { readonly kind: 'sent' | 'gone' }
  | { readonly kind: 'later'; readonly afterS?: number; readonly status?: number }
  | { readonly kind: 'refused'; readonly status: number }

/** Wakes a device, with nothing that tells why. Never rejects. `now`: milliseconds since the epoch. */
export type PushSender<TKind extends PushTarget['kind']> = (
  target: Extract<PushTarget, { kind: TKind }>,
  now: number,
) => Promise<PushOutcome>

/** What a deployment is set up for. */
export type PushSenders = { readonly [Kind in PushTarget['kind']]?: PushSender<Kind> }

/** One attempt. */
const TIMEOUT_MS = 10_000
/** A service that asks for more is asked again before. */
const LONGEST_WAIT_S = 60 * 60

/** Posts, and answers the response with its body read; `undefined` when there was none. */
export async function post(url: string, init: RequestInit): Promise<{ response: Response; text: string } | undefined> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), TIMEOUT_MS)
  try {
    const response = await fetch(url, { ...init, method: 'POST', redirect: 'manual', signal: late.signal })
    return { response, text: await response.text() }
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/** What a response means by its status, where a service has no rules of its own. */
export function outcomeOf(response: Response | undefined): PushOutcome {
  if (response === undefined) return { kind: 'later' }
  const { ok, status } = response
  if (ok) return { kind: 'sent' }
  if (status === 404 || status === 410) return { kind: 'gone' }
  if (status !== 408 && status !== 429 && status < 500) return { kind: 'refused', status }
  const afterS = Number(response.headers.get('retry-after') ?? Number.NaN)
  return { kind: 'later', status, ...(afterS > 0 && { afterS: Math.min(Math.ceil(afterS), LONGEST_WAIT_S) }) }
}
