/** Wakes devices whose object asked for it, and counts what could not be delivered. */

import { log } from '#durable-objects/log.ts'
import { countIn } from '#durable-objects/metrics/stub.ts'
import { relayOf } from '#durable-objects/user/stub.ts'
import { readConfig } from '../config.ts'
import type { Env } from '../env.ts'
import { apnsSender } from './apns.ts'
import { PUSH_OUTCOMES, consumePushes } from './consume.ts'
import { fcmSender } from './fcm.ts'
import type { PushSenders } from './sender.ts'
import type { PushSettings } from './settings.ts'
import { webPushSender } from './web-push.ts'

/** As in wrangler.toml. */
const DEAD_LETTERS = 'silentrelay-push-dead'

/** Kept for the isolate's life, with the tokens that services want. */
let made: { readonly settings: string; readonly senders: PushSenders } | undefined

export function sendersFor(settings: PushSettings): PushSenders {
  const key = JSON.stringify(settings)
  if (made?.settings !== key) {
    const { vapid, fcm, apns } = settings
    const senders: PushSenders = {
      ...(vapid && { web: webPushSender(vapid) }),
      ...(fcm && { fcm: fcmSender(fcm) }),
      ...(apns && { apns: apnsSender(apns) }),
    }
    made = { settings: key, senders }
  }
  return made.senders
}

export async function takeFromQueue(batch: MessageBatch, env: Env): Promise<void> {
  if (batch.queue === DEAD_LETTERS) {
    // Tried for hours. The next message to that device begins anew.
    log('error', 'push.dead', { count: batch.messages.length })
    await countIn(env.METRICS, [{ name: 'pushes_total', label: 'dead', value: batch.messages.length }])
    return batch.ackAll()
  }
  const senders = sendersFor(readConfig(env).push)
  const relay = (account: string) => relayOf(env.USER_RELAY, account)
  const counts = await consumePushes(batch.messages, { senders, relay, now: Date.now(), random: Math.random })
  await countIn(
    env.METRICS,
    PUSH_OUTCOMES.map((label) => ({ name: 'pushes_total', label, value: counts[label] })),
  )
}
