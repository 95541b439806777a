/** Firebase Cloud Messaging, HTTP v1 API, by a service account (RFC 7523). */

import { SignJWT, importPKCS8 } from 'jose'
import * as v from 'valibot'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { type PushSender, outcomeOf, post } from './sender.ts'

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging'
const TOKEN_SECONDS = 60 * 60
const RENEW_BEFORE_SECONDS = 5 * 60

/** The parts of a service account's key file that are needed. */
export const ServiceAccount = v.object({
  project_id: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/)),
  client_email: v.pipe(v.string(), v.email()),
  private_key: v.pipe(v.string(), v.startsWith('-----BEGIN PRIVATE KEY-----')),
  token_uri: v.optional(v.pipe(v.string(), v.url()), 'https://oauth2.googleapis.com/token'),
})
export type ServiceAccount = v.InferOutput<typeof ServiceAccount>

const AccessToken = v.object({ access_token: v.string(), expires_in: v.number() })
const FcmError = v.object({
  error: v.object({ details: v.optional(v.array(v.object({ errorCode: v.optional(v.string()) }))) }),
})

export function fcmSender(account: ServiceAccount, base = 'https://fcm.googleapis.com'): PushSender<'fcm'> {
  let kept: { readonly token: string; readonly until: number } | undefined

  async function accessToken(now: number): Promise<string | undefined> {
    const seconds = Math.floor(now / 1_000)
    if (kept !== undefined && kept.until > seconds) return kept.token
    const assertion = await new SignJWT({ scope: SCOPE })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuer(account.client_email)
      .setAudience(account.token_uri)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + TOKEN_SECONDS)
      .sign(await importPKCS8(account.private_key, 'RS256'))
    const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
    const answer = await post(account.token_uri, { body })
    const parsed = answer?.response.ok ? v.safeParse(AccessToken, parseJson(answer.text)) : undefined
    if (!parsed?.success) return undefined
    const { access_token: token, expires_in: lasts } = parsed.output
    kept = { token, until: seconds + lasts - RENEW_BEFORE_SECONDS }
    return token
  }

  return async ({ token }, now) => {
    const bearer = await accessToken(now)
    if (bearer === undefined) return { kind: 'later' }
    const answer = await post(`${base}/v1/projects/${account.project_id}/messages:send`, {
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        message: {
          token,
          data: { v: '1' },
          android: { priority: 'HIGH', collapse_key: 'messages', ttl: `${RELAY_LIMITS.pushTtl / 1_000}s` },
        },
      }),
    })
    const { response } = answer ?? {}
    if (response?.status === 401) kept = undefined
    // A token that is no more is a 404 with this code; one of another project will not work either.
    const parsed = v.safeParse(FcmError, parseJson(answer?.text ?? ''))
    const codes = parsed.success ? (parsed.output.error.details ?? []).map(({ errorCode }) => errorCode) : []
    if (codes.includes('UNREGISTERED') || codes.includes('SENDER_ID_MISMATCH')) return { kind: 'gone' }
    // A project that does not exist is a 404 as well: no reason to forget anybody.
    if (response?.status === 404) return { kind: 'refused', status: 404 }
    return response?.status === 401 ? { kind: 'later', status: 401 } : outcomeOf(response)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
