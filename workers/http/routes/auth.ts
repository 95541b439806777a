import type { Hono } from 'hono'
import { fromBase64url } from '#protocol/bytes.ts'
import { loginSigningInput } from '#protocol/http/auth.ts'
import { ROUTES } from '#protocol/http/routes.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { makeChallenge, openChallenge } from '../../auth/challenges.ts'
import { issueToken } from '../../auth/tokens.ts'
import { addressKey, allow } from '../allow.ts'
import { Failure } from '../failure.ts'
import { type HonoEnv, ask, serve, valueOf } from '../serve.ts'
import { callerOf, deviceOf } from './caller.ts'

export function serveAuth(app: Hono<HonoEnv>): void {
  serve(app, ROUTES.challenge, async ({ body, context, headers }) => {
    await allow(context, 'loginsPerAddress', await addressKey(context, headers))
    return makeChallenge(context.config.tokenSecret, body.account, body.device, context.now)
  })

  serve(app, ROUTES.logIn, async ({ body, context, headers, origin }) => {
    const { account, device, challenge, signature } = body
    // Until the signature is verified anybody may have asked: so it is the address that pays, and not the device.
    await allow(context, 'loginsPerAddress', await addressKey(context, headers))
    const opened = await openChallenge(context.config.tokenSecret, account, device, challenge, context.now)
    if (!opened) throw new Failure('challengeInvalid')
    const { correlationId } = context
    const key = await ask(context.relay(account).loginKey({ account, correlationId, device }))
    // A device that does not exist fails like a wrong signature, so that this does not tell which accounts exist.
    const input = loginSigningInput(origin, account, device, challenge)
    const valid = key.ok && (await verifyEd25519(fromBase64url(key.value.deviceKey), fromBase64url(signature), input))
    if (!key.ok || !valid) throw new Failure('signatureInvalid')
    await allow(context, 'loginsPerDevice', `${account}.${device}`)
    if (!(await context.shared.claim(`challenge:${opened.nonce}`, RELAY_LIMITS.challengeTtl, context.now))) {
      throw new Failure('challengeInvalid')
    }
    return issueToken(context.config.tokenSecret, { account, device, epoch: key.value.tokenEpoch }, context.now)
  })

  serve(app, ROUTES.revokeTokens, async ({ context, holder }) => {
    await allow(context, 'revocationsPerDevice', deviceOf(holder))
    valueOf(await ask(context.relay(holder.account).revokeTokens(callerOf(context, holder))))
    return {}
  })

  serve(app, ROUTES.socketTicket, async ({ context, holder }) => {
    await allow(context, 'ticketsPerDevice', deviceOf(holder))
    const { secret, expiresAt } = valueOf(
      await ask(context.relay(holder.account).issueTicket(callerOf(context, holder))),
    )
    return { ticket: `${holder.account}.${secret}`, expiresAt }
  })
}

/** Ed25519 (RFC 8032) by WebCrypto; a key that is no point on the curve verifies nothing. */
async function verifyEd25519(
  publicKey: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  input: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', key, signature, input)
  } catch {
    return false
  }
}
