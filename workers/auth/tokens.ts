/** Access tokens (RFC 9068's shape): ten minutes, one algorithm, never stored by the relay. */

import { SignJWT, errors, jwtVerify } from 'jose'
import * as v from 'valibot'
import type { ErrorCode } from '#protocol/errors.ts'
import { LIMITS } from '#protocol/limits.ts'
import { AccountId, DeviceId, integer } from '#protocol/primitives.ts'
import { macKey } from './keys.ts'

const ALGORITHM = 'HS256'
const TYPE = 'at+jwt'
const NAME = 'silentrelay'

/** Who holds a token. `epoch` is the device's revocation epoch: its object refuses an older one. */
export interface TokenHolder {
  readonly account: string
  readonly device: number
  readonly epoch: number
}

const Claims = v.object({ sub: AccountId, dev: DeviceId, ep: integer(0) })

/** A token for `holder`, and when it runs out (milliseconds). */
export async function issueToken(
  tokenSecret: string,
  holder: TokenHolder,
  now: number,
): Promise<{ token: string; expiresAt: number }> {
  const expiresAt = now + LIMITS.accessTokenTtl
  const token = await new SignJWT({ dev: holder.device, ep: holder.epoch })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
    .setSubject(holder.account)
    .setIssuer(NAME)
    .setAudience(NAME)
    .setIssuedAt(Math.floor(now / 1_000))
    .setExpirationTime(Math.floor(expiresAt / 1_000))
    .sign(await macKey(tokenSecret, 'access token'))
  return { token, expiresAt }
}

/** The holder of a token, or why there is none. Whether the token was revoked, only the holder's object knows. */
export async function readToken(
  tokenSecret: string,
  token: string,
  now: number,
): Promise<{ readonly ok: true; readonly holder: TokenHolder } | { readonly ok: false; readonly code: ErrorCode }> {
  try {
    const { payload } = await jwtVerify(token, await macKey(tokenSecret, 'access token'), {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer: NAME,
      audience: NAME,
      currentDate: new Date(now),
    })
    const claims = v.safeParse(Claims, payload)
    if (!claims.success) return { ok: false, code: 'tokenInvalid' }
    const { sub, dev, ep } = claims.output
    return { ok: true, holder: { account: sub, device: dev, epoch: ep } }
  } catch (error) {
    return { ok: false, code: error instanceof errors.JWTExpired ? 'tokenExpired' : 'tokenInvalid' }
  }
}
