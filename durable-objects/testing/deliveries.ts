/** Sealed deliveries as a client sends them, with octets that nobody can open. */

import { concatBytes, fromBase64url, randomBytes, toBase64url } from '#protocol/bytes.ts'
import type { DeviceList, DeviceRecord } from '#protocol/device-list.ts'
import type { Envelope } from '#protocol/frames/send.ts'
import type { Delivery, DeliveryCredential } from '#protocol/http/deliveries.ts'
import { SEALED_BODY_BYTES, SEALED_TYPE, sealingKeyHint } from '#protocol/sealed/envelope.ts'
import { type DeliveryToken, finishTokens, prepareTokens } from '#protocol/sealed/tokens.ts'
import type { TokenPublicKey, TokenAnswer } from '#protocol/token-wire.ts'
import { randomId } from './accounts.ts'

/** An envelope for a device, as long as the shortest one is. */
export function sealedEnvelope({ id, registrationId, sealingKey = '' }: DeviceRecord): Envelope {
  const head = concatBytes(Uint8Array.of(SEALED_TYPE), sealingKeyHint(fromBase64url(sealingKey)))
  const rest = randomBytes((SEALED_BODY_BYTES[0] ?? 0) - head.length)
  return { device: id, registrationId, body: toBase64url(concatBytes(head, rest)) }
}

/** A delivery to all devices of a list. */
export function deliveryFor(list: DeviceList, credential: DeliveryCredential, more: Partial<Delivery> = {}): Delivery {
  return {
    messageId: randomId(),
    to: list.account,
    deviceListVersion: list.version,
    envelopes: list.devices.map(sealedEnvelope),
    credential,
    ...more,
  }
}

/** Tokens, blinded for and evaluated by `issue`, which is the deployment's part. */
export async function tokensFrom(
  issue: (blinded: string[]) => Promise<{ readonly key: TokenPublicKey; readonly answer: TokenAnswer }>,
  count: number,
): Promise<DeliveryToken[]> {
  const pending = prepareTokens(count)
  const { key, answer } = await issue(pending.map(({ blinded }) => blinded))
  const tokens = finishTokens(pending, key, answer)
  if (tokens === undefined) throw new Error('the tokens do not verify')
  return tokens
}
