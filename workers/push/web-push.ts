/** Web Push (RFC 8030) by an application server that says who it is (VAPID, RFC 8292). */

import { SignJWT, importJWK } from 'jose'
import { fromBase64url, toBase64url, utf8 } from '#protocol/bytes.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { applicationServerKey, isPushService } from './address.ts'
import { encryptPush } from './encrypt.ts'
import { type PushSender, outcomeOf, post } from './sender.ts'

/** All pushes say this, and have the same length: which message it was is nobody's business but the device's. */
const CONTENT = utf8('{"v":1}')
const PADDED_BYTES = 128
/** Undelivered pushes to one device replace one another. */
const TOPIC = 'messages'
/** A token's life: at most 24 hours. */
const TOKEN_SECONDS = 12 * 60 * 60
const RENEW_BEFORE_SECONDS = 60 * 60

export interface VapidSettings {
  /** 32 octets in base64url. */
  readonly privateKey: string
  /** `mailto:` or `https:`: whom a push service can ask. */
  readonly subject: string
  /** Hosts of push services, or the ends of their names, after a dot: where pushes may go. */
  readonly hosts: readonly string[]
}

export function webPushSender({ privateKey, subject, hosts }: VapidSettings): PushSender<'web'> {
  const publicKey = applicationServerKey(privateKey)
  /** By origin of the push service. */
  const tokens = new Map<string, { readonly token: string; readonly until: number }>()

  async function tokenFor(origin: string, now: number): Promise<string> {
    const seconds = Math.floor(now / 1_000)
    const known = tokens.get(origin)
    if (known !== undefined && known.until > seconds) return known.token
    const point = fromBase64url(publicKey)
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      d: privateKey,
      x: toBase64url(point.slice(1, 33)),
      y: toBase64url(point.slice(33)),
    }
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
      .setAudience(origin)
      .setSubject(subject)
      .setExpirationTime(seconds + TOKEN_SECONDS)
      .sign(await importJWK(jwk, 'ES256'))
    tokens.set(origin, { token, until: seconds + TOKEN_SECONDS - RENEW_BEFORE_SECONDS })
    return token
  }

  return async (target, now) => {
    if (!isPushService(target.endpoint, hosts)) return { kind: 'gone' }
    let body: Uint8Array<ArrayBuffer>
    try {
      body = await encryptPush(target, CONTENT, PADDED_BYTES)
    } catch {
      // Its key is none.
      return { kind: 'gone' }
    }
    const token = await tokenFor(new URL(target.endpoint).origin, now)
    const answer = await post(target.endpoint, {
      headers: {
        authorization: `vapid t=${token}, k=${publicKey}`,
        'content-encoding': 'aes128gcm',
        'content-type': 'application/octet-stream',
        ttl: String(RELAY_LIMITS.pushTtl / 1_000),
        urgency: 'high',
        topic: TOPIC,
      },
      body,
    })
    return outcomeOf(answer?.response)
  }
}
