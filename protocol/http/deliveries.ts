/** Sealed sender over HTTP (SPEC, "Sealed sender"). */

import * as v from 'valibot'
import { base64urlByteLength, fromBase64url } from '../bytes.ts'
import { SignedDeviceList } from '../device-list.ts'
import { ERROR_CODES } from '../errors.ts'
import { Envelope, OutgoingMessage } from '../frames/send.ts'
import { LIMITS } from '../limits.ts'
import { PrekeyBundle } from '../prekeys.ts'
import { AccountId, DeviceId, MessageId, Timestamp, bytesOf, integer, listOf } from '../primitives.ts'
import { CERTIFICATE_BYTES, CertificateKey } from '../sealed/certificate.ts'
import { DeliveryAccess, DeliveryKeyUpdate } from '../sealed/delivery.ts'
import { SEALED_BODY_BYTES, SEALED_TYPE } from '../sealed/envelope.ts'
import { TokenAnswer, TokenCredential, TokenPublicKey, TokenRequest } from '../token-wire.ts'
import { route } from './route.ts'

/** A body that names no sender: one that is not sealed would tell more by its length and its type. */
const SealedBody = v.pipe(
  Envelope.entries.body,
  v.check(
    (body) =>
      SEALED_BODY_BYTES.includes(base64urlByteLength(body)) && fromBase64url(body.slice(0, 4))[0] === SEALED_TYPE,
    'not sealed',
  ),
)

const SealedEnvelope = v.strictObject({ ...Envelope.entries, body: SealedBody })

/** What opens an inbox to somebody who does not say who it is. */
export const DeliveryCredential = v.union([
  v.strictObject({ deliveryKey: DeliveryAccess }),
  v.strictObject({ token: TokenCredential }),
])
export type DeliveryCredential = v.InferOutput<typeof DeliveryCredential>

/** A message to one account, from nobody in particular. */
export const Delivery = v.pipe(
  v.strictObject({
    ...OutgoingMessage.entries,
    envelopes: v.pipe(
      listOf(SealedEnvelope, LIMITS.devices),
      v.check((items) => new Set(items.map((item) => item.device)).size === items.length, 'a device twice'),
    ),
    credential: DeliveryCredential,
  }),
  // Nobody types to a stranger, and a token that is spent on what is not remembered could be spent again.
  v.check(({ ephemeral, credential }) => ephemeral !== true || 'deliveryKey' in credential, 'a token for an ephemeral'),
)
export type Delivery = v.InferOutput<typeof Delivery>

/** What became of one delivery. `to` and `messageId` are the delivery's. */
export const DeliveryAnswer = v.variant('outcome', [
  v.object({ outcome: v.literal('accepted'), to: AccountId, messageId: MessageId, at: Timestamp }),
  v.object({
    outcome: v.literal('mismatch'),
    to: AccountId,
    messageId: MessageId,
    /** As in the frame `mismatch`. */
    missing: v.array(DeviceId),
    extra: v.array(DeviceId),
    stale: v.array(DeviceId),
    deviceList: SignedDeviceList,
    /** One-time prekeys only as far as all anonymous callers together may take them. */
    bundles: v.array(PrekeyBundle),
  }),
  v.object({
    outcome: v.literal('rejected'),
    to: AccountId,
    messageId: MessageId,
    code: v.picklist(ERROR_CODES),
    retryAfterMs: v.optional(integer(0)),
  }),
])
export type DeliveryAnswer = v.InferOutput<typeof DeliveryAnswer>

export const deliver = route({
  method: 'POST',
  path: '/v1/deliveries',
  summary: 'Deliver sealed envelopes without saying who sends them. Each delivery is answered by itself, in order.',
  authenticated: false,
  anonymous: true,
  request: v.strictObject({ deliveries: listOf(Delivery, LIMITS.deliveriesPerRequest, 1) }),
  response: v.object({ answers: v.array(DeliveryAnswer) }),
  errors: ['notFound'],
  maxBytes: LIMITS.deliveryRequestBytes,
})

export const sealedSenderKeys = route({
  method: 'GET',
  path: '/v1/sealed-sender-keys',
  summary: 'The public keys by which certificates and delivery tokens are checked: the same for everybody.',
  authenticated: false,
  anonymous: true,
  request: undefined,
  response: v.object({
    certificateKeys: v.array(CertificateKey),
    /** Those in force, and the next one. */
    tokenKeys: v.array(TokenPublicKey),
  }),
  errors: ['notFound'],
})

export const senderCertificate = route({
  method: 'POST',
  path: '/v1/sender-certificate',
  summary: 'A certificate of this device, for at most a day. The same for all requests of an hour.',
  authenticated: true,
  request: undefined,
  response: v.object({ certificate: bytesOf(CERTIFICATE_BYTES), expiresAt: Timestamp }),
  errors: ['notFound'],
})

export const deliveryTokens = route({
  method: 'POST',
  path: '/v1/delivery-tokens',
  summary: 'Evaluate blinded inputs into delivery tokens. Repeating the last request costs nothing.',
  authenticated: true,
  request: TokenRequest,
  response: TokenAnswer,
  errors: ['notFound'],
})

export const updateDeliveryKey = route({
  method: 'PUT',
  path: '/v1/delivery-key',
  summary: 'Put a new delivery key of this account in force, by its verifier. Repeating it is harmless.',
  authenticated: true,
  request: DeliveryKeyUpdate,
  response: v.object({ version: integer(1) }),
  errors: ['deliveryKeyConflict', 'notFound'],
})
