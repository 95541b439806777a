import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { randomBytes, toBase64url } from '../bytes.ts'
import { LIMITS } from '../limits.ts'
import { SEALED_BODY_BYTES, SEALED_TYPE } from '../sealed/envelope.ts'
import { Delivery, DeliveryAnswer, deliver, deliveryTokens } from './deliveries.ts'
import type { Route } from './route.ts'
import { ROUTES } from './routes.ts'

const id = () => toBase64url(randomBytes(16))
const key = () => toBase64url(randomBytes(32))

function body(length = SEALED_BODY_BYTES[0] ?? 0, type: number = SEALED_TYPE): string {
  const octets = new Uint8Array(length)
  octets[0] = type
  return toBase64url(octets)
}

const envelope = (device: number, more: object = {}) => ({ device, registrationId: 7, body: body(), ...more })
const token = { keyId: 2_964, nonce: key(), proof: key() }
const delivery = (more: object = {}) => ({
  to: id(),
  messageId: id(),
  deviceListVersion: 3,
  envelopes: [envelope(1), envelope(2)],
  credential: { deliveryKey: key() },
  ...more,
})
const isDelivery = (value: unknown) => v.is(Delivery, value)

describe('a delivery', () => {
  it('X-16: is a message with a credential: a key or a token', () => {
    expect(isDelivery(delivery())).toBe(true)
    expect(isDelivery(delivery({ urgent: true, ephemeral: true }))).toBe(true)
    expect(isDelivery(delivery({ credential: { token } }))).toBe(true)
    for (const credential of [
      undefined,
      {},
      { deliveryKey: key(), token },
      { deliveryKey: id() },
      { token: { ...token, more: 1 } },
    ]) {
      expect(isDelivery(delivery({ credential }))).toBe(false)
    }
  })

  it('X-16: says nothing else: no field for a sender, in it or beside it', () => {
    for (const field of ['from', 'sender', 'account', 'device'])
      expect(isDelivery(delivery({ [field]: id() }))).toBe(false)
    const { request } = deliver
    expect(v.is(request, { deliveries: [delivery()] })).toBe(true)
    expect(v.is(request, { deliveries: [delivery()], from: id() })).toBe(false)
  })

  it('X-16: has sealed bodies only, of the lengths that they have', () => {
    for (const length of SEALED_BODY_BYTES)
      expect(isDelivery(delivery({ envelopes: [envelope(1, { body: body(length) })] }))).toBe(true)
    const [shortest = 0] = SEALED_BODY_BYTES
    for (const wrong of [body(shortest, 1), body(shortest, 3), body(shortest - 1), body(shortest + 1), '', 'Bg']) {
      expect(isDelivery(delivery({ envelopes: [envelope(1, { body: wrong })] }))).toBe(false)
    }
  })

  it('X-16: has each device once, and ten at most', () => {
    expect(isDelivery(delivery({ envelopes: [envelope(1), envelope(1)] }))).toBe(false)
    const many = (count: number) => Array.from({ length: count }, (_, at) => envelope(at + 1))
    expect(isDelivery(delivery({ envelopes: many(LIMITS.devices) }))).toBe(true)
    expect(isDelivery(delivery({ envelopes: many(LIMITS.devices + 1) }))).toBe(false)
  })

  it('X-17: may have no envelopes, in order to be told the devices', () => {
    expect(isDelivery(delivery({ envelopes: [] }))).toBe(true)
  })

  it('X-19: spends no token on what is not remembered', () => {
    expect(isDelivery(delivery({ credential: { token }, ephemeral: true }))).toBe(false)
    expect(isDelivery(delivery({ credential: { token }, ephemeral: false }))).toBe(true)
  })

  it('X-16: comes with others, up to a number; the largest message to ten devices fits the body', () => {
    const { request } = deliver
    const many = (count: number) => ({ deliveries: Array.from({ length: count }, () => delivery({ envelopes: [] })) })
    expect(
      [0, 1, LIMITS.deliveriesPerRequest, LIMITS.deliveriesPerRequest + 1].map((count) => v.is(request, many(count))),
    ).toEqual([false, true, true, false])
    const longest = body(SEALED_BODY_BYTES.at(-1))
    const envelopes = Array.from({ length: LIMITS.devices }, (_, at) => envelope(at + 1, { body: longest }))
    const text = JSON.stringify({ deliveries: [delivery({ envelopes, credential: { token } })] })
    expect(text.length).toBeLessThan(LIMITS.deliveryRequestBytes)
  })

  it('X-16: is answered by itself, and the answer names it', () => {
    const [to, messageId] = [id(), id()]
    const deviceList = { bytes: id(), signature: toBase64url(randomBytes(64)) }
    const answers = [
      { outcome: 'accepted', to, messageId, at: 1 },
      { outcome: 'mismatch', to, messageId, missing: [1], extra: [], stale: [], deviceList, bundles: [] },
      { outcome: 'rejected', to, messageId, code: 'deliveryRefused' },
      { outcome: 'rejected', to, messageId, code: 'rateLimited', retryAfterMs: 5 },
    ]
    for (const answer of answers) expect(v.parse(DeliveryAnswer, { ...answer, later: 1 })).toEqual(answer)
    expect(v.is(DeliveryAnswer, { outcome: 'accepted', messageId, at: 1 })).toBe(false)
  })
})

describe('the operations of sealed sender', () => {
  it('X-16, X-13, T-6: who delivers, asks for public keys, sends to a group or moves media stays unknown; the others are of a device', () => {
    const anonymous = Object.entries<Route>(ROUTES).filter(([, route]) => route.anonymous === true)
    expect(anonymous.map(([name, { authenticated }]) => [name, authenticated])).toEqual([
      ['sendToGroup', false],
      ['keyLogLookup', false],
      ['deliver', false],
      ['sealedSenderKeys', false],
      ['createMedia', false],
      ['resumeMedia', false],
      ['completeMedia', false],
      ['fetchMedia', false],
      ['renewMedia', false],
      ['deleteMedia', false],
    ])
    for (const { authenticated } of [ROUTES.senderCertificate, ROUTES.deliveryTokens, ROUTES.updateDeliveryKey])
      expect(authenticated).toBe(true)
  })

  it('X-12: tokens are asked for ten at a time at most', () => {
    const { request } = deliveryTokens
    const ask = (count: number) => v.is(request, { blinded: Array.from({ length: count }, key) })
    expect([0, 1, LIMITS.tokensPerRequest, LIMITS.tokensPerRequest + 1].map(ask)).toEqual([false, true, true, false])
  })
})
