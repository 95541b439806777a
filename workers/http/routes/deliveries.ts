/** Sealed sender: messages from nobody in particular, and what they take (SPEC, section 25). */

import type { Hono } from 'hono'
import type { DepositOutcome } from '#durable-objects/user/deposit.ts'
import type { SealedDelivery } from '#durable-objects/user/sealed-desk.ts'
import { claimOf } from '#durable-objects/user/spent-tokens.ts'
import { errorFields, log } from '#durable-objects/log.ts'
import { toBase64url } from '#protocol/bytes.ts'
import type { Delivery, DeliveryAnswer } from '#protocol/http/deliveries.ts'
import { ROUTES } from '#protocol/http/routes.ts'
import { readCertificate } from '#protocol/sealed/certificate.ts'
import { type SpentToken, issueTokens, redeemToken } from '#protocol/sealed/tokens.ts'
import type { SealedSenderKeys } from '../../sealed/keys.ts'
import { noteAddress } from '../../watch.ts'
import { addressKey, allow, allowBehind, countBehind } from '../allow.ts'
import type { RequestContext } from '../context.ts'
import { Failure } from '../failure.ts'
import { type HonoEnv, ask, serve, valueOf } from '../serve.ts'
import { callerOf, deviceOf } from './caller.ts'

function keysOf({ sealedSender }: RequestContext): SealedSenderKeys {
  if (sealedSender === undefined) throw new Failure('notFound')
  return sealedSender
}

export function serveDeliveries(app: Hono<HonoEnv>): void {
  serve(app, ROUTES.deliver, async ({ body: { deliveries }, context, headers }) => {
    const keys = keysOf(context)
    const address = await addressKey(context, headers)
    allowBehind(context, 'refusedDeliveriesPerAddress', address, 0)
    allowBehind(context, 'deliveriesPerAddress', address, deliveries.length)
    const answers = await deliver(context, keys, deliveries)
    const refused = answers.filter((answer) => answer.outcome === 'rejected' && WRONG.has(answer.code)).length
    // Counted for the next request: this one was answered.
    if (refused > 0) {
      noteAddress(context, address, 'enumeration', refused)
      countBehind(context, 'refusedDeliveriesPerAddress', address, refused)
    }
    return { answers }
  })

  serve(app, ROUTES.sealedSenderKeys, async ({ context, headers }) => {
    const keys = keysOf(context)
    await allow(context, 'sealedSenderKeysPerAddress', await addressKey(context, headers))
    return keys.published(context.now)
  })

  serve(app, ROUTES.senderCertificate, async ({ context, holder }) => {
    const keys = keysOf(context)
    const { account, device } = holder
    await allow(context, 'certificatesPerDevice', deviceOf(holder))
    const identityKey = valueOf(await ask(context.relay(account).identityKey(callerOf(context, holder))))
    const certificate = keys.certify({ account, device, identityKey }, context.now)
    const expiresAt = readCertificate(certificate)?.expiresAt ?? context.now
    return { certificate: toBase64url(certificate), expiresAt }
  })

  serve(app, ROUTES.deliveryTokens, async ({ body, context, holder }) => {
    const keys = keysOf(context)
    const call = { ...callerOf(context, holder), request: body }
    valueOf(await ask(context.relay(holder.account).takeDeliveryTokens(call)))
    await allow(context, 'deliveryTokensPerAccount', holder.account)
    const answer = issueTokens(keys.issuingTokenKey(context.now), body)
    if (answer === undefined) throw new Failure('malformed', { detail: 'blinded' })
    return answer
  })

  serve(app, ROUTES.updateDeliveryKey, async ({ body, context, holder }) => {
    keysOf(context)
    await allow(context, 'deliveryKeysPerDevice', deviceOf(holder))
    const call = { ...callerOf(context, holder), update: body }
    return { version: valueOf(await ask(context.relay(holder.account).updateDeliveryKey(call))) }
  })
}

/** Codes that say that the credential was none. */
const WRONG: ReadonlySet<string> = new Set(['deliveryRefused', 'deliveryTokenInvalid'])

/** Passes deliveries to their recipients' objects, one call for each; answers in the order of the request. */
async function deliver(
  context: RequestContext,
  keys: SealedSenderKeys,
  deliveries: readonly Delivery[],
): Promise<DeliveryAnswer[]> {
  const answers = new Map<Delivery, DeliveryAnswer>()
  const byRecipient = Map.groupBy(deliveries, ({ to }) => to)
  await Promise.all(
    Array.from(byRecipient, async ([account, own]) => {
      const sealed: SealedDelivery[] = await Promise.all(
        own.map(async (delivery) => ({ delivery, token: await tokenOf(context, keys, delivery) })),
      )
      const outcomes = await deposit(context, account, sealed)
      for (const [at, delivery] of own.entries()) answers.set(delivery, answerTo(delivery, outcomes?.[at]))
    }),
  )
  return deliveries.map((delivery) => answers.get(delivery) ?? answerTo(delivery, undefined))
}

/** What an object made of deliveries; `undefined` when it did not answer: they may or may not be stored. */
async function deposit(
  context: RequestContext,
  account: string,
  deliveries: readonly SealedDelivery[],
): Promise<readonly DepositOutcome[] | undefined> {
  const { correlationId } = context
  try {
    return await context.relay(account).depositSealed({ account, correlationId, deliveries })
  } catch (error) {
    log('warn', 'deposit.failed', { correlationId, ...errorFields(error), count: deliveries.length })
    return undefined
  }
}

/** A delivery's token, if it is genuine and was not claimed for another delivery. */
async function tokenOf(
  context: RequestContext,
  keys: SealedSenderKeys,
  { to, messageId, credential }: Delivery,
): Promise<SpentToken | undefined> {
  if (!('token' in credential)) return undefined
  const { now } = context
  const token = redeemToken((id) => keys.tokenKey(id), credential.token, { recipient: to, messageId }, now)
  if (token === undefined) return undefined
  const { key, ttlMs, holder } = claimOf(token, now)
  try {
    return (await context.shared.claim(key, ttlMs, now, holder)) ? token : undefined
  } catch (error) {
    // Without the claim it could be spent once more, on another account: less harm than that no stranger can write.
    log('warn', 'sharedState.failed', { correlationId: context.correlationId, ...errorFields(error) })
    return token
  }
}

function answerTo({ to, messageId }: Delivery, outcome: DepositOutcome | undefined): DeliveryAnswer {
  switch (outcome?.kind) {
    case 'accepted':
      return { outcome: 'accepted', to, messageId, at: outcome.at }
    case 'mismatch': {
      const { missing, extra, stale, deviceList, bundles } = outcome.mismatch
      return { outcome: 'mismatch', to, messageId, missing, extra, stale, deviceList, bundles }
    }
    case 'rejected': {
      const { code, retryAfterMs } = outcome
      return { outcome: 'rejected', to, messageId, code, ...(retryAfterMs !== undefined && { retryAfterMs }) }
    }
    case undefined:
      return { outcome: 'rejected', to, messageId, code: 'relayUnavailable' }
  }
}
