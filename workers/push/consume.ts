/** The queue of pushes: wakes devices, forgets dead targets, and tries again what may work later. */

import * as v from 'valibot'
import { errorFields, log } from '#durable-objects/log.ts'
import { PushJob } from '#durable-objects/user/push-job.ts'
import type { UserRelayCalls } from '#durable-objects/user/rpc.ts'
import type { PushOutcome, PushSenders } from './sender.ts'

/** First and longest wait before another attempt; how many there are, wrangler.toml says. */
const WAIT_MIN_S = 10
const WAIT_MAX_S = 30 * 60

/** A message of the queue, as far as it is used. */
export interface QueuedMessage {
  readonly body: unknown
  /** From 1. */
  readonly attempts: number
  ack(): void
  retry(options?: { readonly delaySeconds?: number }): void
}

export interface PushParts {
  readonly senders: PushSenders
  readonly relay: (account: string) => UserRelayCalls
  readonly now: number
  /** In [0, 1). */
  readonly random: () => number
}

/** What may become of a message of the queue. `needless`: nobody had to be woken any more. */
export const PUSH_OUTCOMES = ['sent', 'gone', 'needless', 'later', 'refused'] as const

/** What became of a batch: a line of the log, and a metric. */
export type PushCounts = Record<(typeof PUSH_OUTCOMES)[number], number>

/** Handles a batch. Each message is acknowledged or retried by itself. */
export async function consumePushes(messages: readonly QueuedMessage[], parts: PushParts): Promise<PushCounts> {
  const counts: PushCounts = { sent: 0, gone: 0, needless: 0, later: 0, refused: 0 }
  await Promise.all(
    messages.map(async (message) => {
      const outcome = await wake(message, parts)
      counts[outcome.kind] += 1
      if (outcome.kind === 'later') message.retry({ delaySeconds: outcome.afterS ?? waitFor(message, parts.random()) })
      else message.ack()
    }),
  )
  log('info', 'push.batch', {
    push: Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  })
  return counts
}

function waitFor({ attempts }: QueuedMessage, random: number): number {
  const ceiling = Math.min(WAIT_MAX_S, WAIT_MIN_S * 2 ** Math.max(0, attempts - 1))
  return Math.ceil(ceiling * (0.5 + random / 2))
}

async function wake(
  message: QueuedMessage,
  { senders, relay, now }: PushParts,
): Promise<PushOutcome | { readonly kind: 'needless' }> {
  const parsed = v.safeParse(PushJob, message.body)
  // Nobody but this deployment writes to the queue: what is no job is of another build, and means nothing to this one.
  if (!parsed.success) return { kind: 'needless' }
  const { account, device, correlationId } = parsed.output
  try {
    const kept = await relay(account).pushTarget({ account, correlationId, device })
    if (kept === undefined) return { kind: 'needless' }
    const { id, target } = kept
    const outcome = await send(senders, target, now)
    if (outcome.kind === 'gone') await relay(account).dropPushTarget({ account, correlationId, device, id })
    if (outcome.kind === 'refused') {
      log('error', 'push.refused', { correlationId, channel: target.kind, status: outcome.status })
    } else if (outcome.kind === 'later') {
      log('warn', 'push.later', {
        correlationId,
        channel: target.kind,
        count: message.attempts,
        ...(outcome.status !== undefined && { status: outcome.status }),
      })
    }
    return outcome
  } catch (error) {
    log('warn', 'push.failed', { correlationId, ...errorFields(error) })
    return { kind: 'later' }
  }
}

type Kept = NonNullable<Awaited<ReturnType<UserRelayCalls['pushTarget']>>>

/** A target of a service that the deployment is not set up for any more waits to be of use again. */
async function send(
  senders: PushSenders,
  target: Kept['target'],
  now: number,
): Promise<PushOutcome | { kind: 'needless' }> {
  switch (target.kind) {
    case 'web':
      return senders.web ? senders.web(target, now) : { kind: 'needless' }
    case 'fcm':
      return senders.fcm ? senders.fcm(target, now) : { kind: 'needless' }
    case 'apns':
      return senders.apns ? senders.apns(target, now) : { kind: 'needless' }
  }
}
