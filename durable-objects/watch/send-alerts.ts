/** Brings alerts to where they go. */

import { errorFields, log } from '../log.ts'
import type { AlertOutbox, WaitingAlert } from './alert-outbox.ts'
import type { Channel, ChannelName } from './channels.ts'

/** One attempt. */
const TIMEOUT_MS = 10_000

type Outcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'failed'; readonly retryAfterMs: number | undefined; readonly fields: object }

/** Tries everything that is due, once. Never rejects. */
export async function sendAlerts(
  outbox: AlertOutbox,
  channels: ReadonlyMap<ChannelName, Channel>,
  clock: () => number,
): Promise<void> {
  await Promise.all(outbox.dueBy(clock()).map((waiting) => sendOne(outbox, channels, waiting, clock)))
}

async function sendOne(
  outbox: AlertOutbox,
  channels: ReadonlyMap<ChannelName, Channel>,
  waiting: WaitingAlert,
  clock: () => number,
): Promise<void> {
  const channel = channels.get(waiting.channel)
  // The deployment does not name the place any more.
  if (channel === undefined) return outbox.giveUp(waiting)
  const outcome = await post(channel, waiting, clock())
  if (outcome.kind === 'taken') return outbox.taken(waiting)
  if (outcome.kind === 'refused') {
    log('error', 'alert.refused', { status: outcome.status, channel: waiting.channel })
    return outbox.giveUp(waiting)
  }
  const isLater = outbox.failed(waiting, clock(), Math.random(), outcome.retryAfterMs)
  log(isLater ? 'warn' : 'error', isLater ? 'alert.failed' : 'alert.givenUp', {
    channel: waiting.channel,
    count: waiting.attempts + 1,
    ...outcome.fields,
  })
  if (!isLater) outbox.giveUp(waiting)
}

async function post(channel: Channel, { alert }: WaitingAlert, now: number): Promise<Outcome> {
  const { url, headers, body } = channel(alert, now)
  const late = new AbortController()
  // Not `AbortSignal.timeout`, which would keep the object awake until its time is over.
  const timer = setTimeout(() => late.abort(), TIMEOUT_MS)
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: late.signal,
    })
    await response.body?.cancel()
    const { status } = response
    if (response.ok) return { kind: 'taken' }
    // What is wrong with the request itself will be wrong again.
    if (status < 500 && status !== 408 && status !== 429) return { kind: 'refused', status }
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    return { kind: 'failed', retryAfterMs: seconds > 0 ? seconds * 1_000 : undefined, fields: { status } }
  } catch (error) {
    return { kind: 'failed', retryAfterMs: undefined, fields: errorFields(error) }
  } finally {
    clearTimeout(timer)
  }
}
