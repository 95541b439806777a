/**
 * Whether a delivery from nobody in particular comes in (SPEC, X-16): what is asked in which order, so that whoever has no
 * credential learns nothing of the account, and a delivery that is repeated is answered as before.
 */

import type { Delivery } from '#protocol/http/deliveries.ts'
import type { SpentToken } from '#protocol/sealed/tokens.ts'
import { type Deduplication, payloadHash } from './deduplication.ts'
import type { DeliveryKeys } from './delivery-keys.ts'
import type { SpentTokens } from './spent-tokens.ts'

export interface AdmissionParts {
  readonly deduplication: Deduplication
  readonly deliveryKeys: DeliveryKeys
  readonly spentTokens: SpentTokens
}

export type AdmissionRefusal = 'deliveryRefused' | 'deliveryTokenInvalid' | 'quotaExceeded' | 'messageIdReused'

/**
 * - `known`: it was accepted before; answer so again, and spend nothing.
 * - `refused`: with this code, and nothing else of the account.
 * - `admitted`: go on with the devices and the room; `hash` is what to remember the message by. The token is to be spent in the transaction that stores the message.
 */
export type Admission =
  | { readonly kind: 'known' }
  | { readonly kind: 'refused'; readonly code: AdmissionRefusal }
  | { readonly kind: 'admitted'; readonly hash: string }

/**
 * Judges a delivery. Changes nothing.
 *
 * @param token the delivery's token, if it has one that the edge found genuine and claimed for this delivery
 */
export function admit(
  parts: AdmissionParts,
  delivery: Delivery,
  token: SpentToken | undefined,
  now: number,
): Admission {
  const { messageId, ephemeral = false } = delivery
  const hash = ephemeral ? '' : payloadHash(undefined, delivery)
  const seen = ephemeral ? 'new' : parts.deduplication.seen(messageId, hash)
  // Who knows the very octets sent them. The token was spent on them then, and its key may have retired.
  if (seen === 'same') return { kind: 'known' }
  const refusal = refusalOf(parts, delivery, token, now)
  if (refusal !== undefined) return { kind: 'refused', code: refusal }
  return seen === 'other' ? { kind: 'refused', code: 'messageIdReused' } : { kind: 'admitted', hash }
}

function refusalOf(
  { deliveryKeys, spentTokens }: AdmissionParts,
  { credential }: Delivery,
  token: SpentToken | undefined,
  now: number,
): AdmissionRefusal | undefined {
  if ('deliveryKey' in credential)
    return deliveryKeys.opens(credential.deliveryKey, now) ? undefined : 'deliveryRefused'
  const standing = token === undefined ? 'double' : spentTokens.judge(token, now)
  switch (standing) {
    case 'spendable':
      return undefined
    case 'full':
      return 'quotaExceeded'
    case 'double':
    case 'retired':
      return 'deliveryTokenInvalid'
  }
}
