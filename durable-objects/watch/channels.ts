/**
 * Where alerts go, and in what form: PagerDuty (Events API v2), Opsgenie (Alert API), and any address, signed as the Standard
 * Webhooks specification says (https://www.standardwebhooks.com).
 */

import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import * as v from 'valibot'
import type { Signal } from '#db/audit/signals.ts'
import { fromBase64url, utf8 } from '#protocol/bytes.ts'
import { bytesOf } from '#protocol/primitives.ts'
import type { Action } from './judge.ts'

export interface Alert {
  /** Tells repetitions of one alert from others. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly subject: string
  readonly to: Action['to']
  readonly because: readonly Signal[]
  readonly minutes: number
  readonly blocks: number
  /** Alerts before this one that were left out, because there were too many. */
  readonly omitted: number
}

/** One HTTP POST. */
export interface AlertRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** https, or this machine: alerts have keys with them. */
const AlertUrl = v.pipe(
  v.string(),
  v.url(),
  v.check((text) => /^https:\/\/|^http:\/\/(?:127\.0\.0\.1|localhost)(?::|\/|$)/.test(text)),
)

/** The variables that say where alerts go. All of them may be unset: then the log has them alone. */
export const AlertVariables = v.object({
  ALERT_PAGERDUTY_KEY: v.optional(v.pipe(v.string(), v.regex(/^[\w+-]{20,64}$/))),
  ALERT_PAGERDUTY_URL: v.optional(AlertUrl, 'https://events.pagerduty.com/v2/enqueue'),
  ALERT_OPSGENIE_KEY: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{20,64}$/))),
  ALERT_OPSGENIE_URL: v.optional(AlertUrl, 'https://api.opsgenie.com/v2/alerts'),
  ALERT_WEBHOOK_URL: v.optional(AlertUrl),
  ALERT_WEBHOOK_SECRET: v.optional(bytesOf(32)),
})

export type AlertSettings = Partial<Readonly<Record<keyof typeof AlertVariables.entries, string>>>

export type ChannelName = 'pagerduty' | 'opsgenie' | 'webhook'

/** A place that alerts go to. `now` is when the request is made. */
export type Channel = (alert: Alert, now: number) => AlertRequest

const SOURCE = 'silentrelay'

function summaryOf({ subject, to, because, minutes }: Alert): string {
  const whom = subject.startsWith('a.') ? 'account' : 'address'
  return `SilentRelay: ${to} ${whom} ${subject} for ${minutes} min (${because.join(', ')})`
}

/** What an alert says besides, as text: Opsgenie takes no other details. */
function detailsOf({ subject, to, because, minutes, blocks, omitted }: Alert): Record<string, string> {
  return {
    subject,
    to,
    because: because.join(', '),
    minutes: String(minutes),
    blocks: String(blocks),
    omitted: String(omitted),
  }
}

/** One incident for each subject: what was only slowed and is now blocked is the same one. */
const incidentOf = ({ subject }: Alert): string => `${SOURCE}:${subject}`

const json = { 'content-type': 'application/json' }

function pagerDuty(url: string, key: string): Channel {
  return (alert) => ({
    url,
    headers: json,
    body: JSON.stringify({
      routing_key: key,
      event_action: 'trigger',
      dedup_key: incidentOf(alert),
      payload: {
        summary: summaryOf(alert),
        source: SOURCE,
        severity: alert.to === 'blocked' ? 'error' : 'warning',
        timestamp: new Date(alert.at).toISOString(),
        component: 'edge',
        group: 'abuse',
        class: alert.because.at(-1) ?? alert.to,
        custom_details: detailsOf(alert),
      },
    }),
  })
}

function opsgenie(url: string, key: string): Channel {
  return (alert) => ({
    url,
    headers: { ...json, authorization: `GenieKey ${key}` },
    body: JSON.stringify({
      // At most 130 characters.
      message: summaryOf(alert).slice(0, 130),
      alias: incidentOf(alert),
      description: summaryOf(alert),
      tags: ['abuse', alert.to],
      details: detailsOf(alert),
      entity: alert.subject,
      source: SOURCE,
      priority: alert.to === 'blocked' ? 'P2' : 'P4',
    }),
  })
}

function webhook(url: string, secret: string): Channel {
  return (alert, now) => {
    const body = JSON.stringify({
      type: `abuse.${alert.to}`,
      timestamp: new Date(alert.at).toISOString(),
      data: {
        subject: alert.subject,
        because: alert.because,
        minutes: alert.minutes,
        blocks: alert.blocks,
        omitted: alert.omitted,
      },
    })
    const timestamp = String(Math.floor(now / 1_000))
    const mac = hmac(sha256, fromBase64url(secret), utf8(`${alert.id}.${timestamp}.${body}`))
    const signature = `v1,${btoa(String.fromCharCode(...mac))}`
    const signed = { 'webhook-id': alert.id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
    return { url, headers: { ...json, ...signed }, body }
  }
}

/** The places that a deployment names. One whose variables are wrong is none: `workers/config.ts` says so, loudly. */
export function alertChannels(settings: object): ReadonlyMap<ChannelName, Channel> {
  const channels = new Map<ChannelName, Channel>()
  const parsed = v.safeParse(AlertVariables, withoutEmpty(settings))
  if (!parsed.success) return channels
  const { output } = parsed
  if (output.ALERT_PAGERDUTY_KEY !== undefined) {
    channels.set('pagerduty', pagerDuty(output.ALERT_PAGERDUTY_URL, output.ALERT_PAGERDUTY_KEY))
  }
  if (output.ALERT_OPSGENIE_KEY !== undefined) {
    channels.set('opsgenie', opsgenie(output.ALERT_OPSGENIE_URL, output.ALERT_OPSGENIE_KEY))
  }
  if (output.ALERT_WEBHOOK_URL !== undefined && output.ALERT_WEBHOOK_SECRET !== undefined) {
    channels.set('webhook', webhook(output.ALERT_WEBHOOK_URL, output.ALERT_WEBHOOK_SECRET))
  }
  return channels
}

/** Variables as `wrangler.toml` has them: an empty one is none. */
function withoutEmpty(settings: object): object {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== ''))
}
