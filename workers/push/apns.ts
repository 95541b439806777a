/** The Apple Push Notification service, by a token of the team's key. */

import { SignJWT, importPKCS8 } from 'jose'
import * as v from 'valibot'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { type PushSender, outcomeOf, post } from './sender.ts'

/** Apple wants tokens of 20 to 60 minutes. */
const TOKEN_SECONDS = 50 * 60

export const ApnsSettings = v.object({
  teamId: v.pipe(v.string(), v.regex(/^[A-Z0-9]{10}$/)),
  keyId: v.pipe(v.string(), v.regex(/^[A-Z0-9]{10}$/)),
  /** PKCS #8, P-256. */
  privateKey: v.pipe(v.string(), v.startsWith('-----BEGIN PRIVATE KEY-----')),
  /** The app's bundle id. */
  topic: v.pipe(v.string(), v.regex(/^[\w.-]{1,128}$/)),
})
export type ApnsSettings = v.InferOutput<typeof ApnsSettings>

const Reason = v.object({ reason: v.string() })

/** With what the app's extension replaces by what it decrypts, or shows as it is. */
const PAYLOAD = JSON.stringify({ aps: { alert: { 'loc-key': 'NEW_MESSAGE' }, 'mutable-content': 1, sound: 'default' } })

export function apnsSender(settings: ApnsSettings, base = 'https://api.push.apple.com'): PushSender<'apns'> {
  const { teamId, keyId, privateKey, topic } = settings
  let kept: { readonly token: string; readonly until: number } | undefined

  async function providerToken(now: number): Promise<string> {
    const seconds = Math.floor(now / 1_000)
    if (kept !== undefined && kept.until > seconds) return kept.token
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: keyId })
      .setIssuer(teamId)
      .setIssuedAt(seconds)
      .sign(await importPKCS8(privateKey, 'ES256'))
    kept = { token, until: seconds + TOKEN_SECONDS }
    return token
  }

  return async ({ token }, now) => {
    const answer = await post(`${base}/3/device/${token}`, {
      headers: {
        authorization: `bearer ${await providerToken(now)}`,
        'apns-topic': topic,
        'apns-push-type': 'alert',
        'apns-priority': '10',
        'apns-expiration': String(Math.floor((now + RELAY_LIMITS.pushTtl) / 1_000)),
        'apns-collapse-id': 'messages',
        'content-type': 'application/json',
      },
      body: PAYLOAD,
    })
    const parsed = v.safeParse(Reason, parseJson(answer?.text ?? ''))
    const reason = parsed.success ? parsed.output.reason : ''
    if (reason === 'ExpiredProviderToken') {
      kept = undefined
      return { kind: 'later', status: 403 }
    }
    if (reason === 'BadDeviceToken' || reason === 'DeviceTokenNotForTopic') return { kind: 'gone' }
    return outcomeOf(answer?.response)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
