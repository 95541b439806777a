/** Sealed sender over HTTP, from the edge to the recipient's socket. */

import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { randomId } from '#durable-objects/testing/accounts.ts'
import { deliveryFor, tokensFrom } from '#durable-objects/testing/deliveries.ts'
import { fromBase64url, randomBytes, toBase64url } from '#protocol/bytes.ts'
import type { Delivery, DeliveryAnswer } from '#protocol/http/deliveries.ts'
import { ROUTES } from '#protocol/http/routes.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { type CertificateKey, verifyCertificate } from '#protocol/sealed/certificate.ts'
import { deliveryAccess, deliveryVerifier, newDeliveryKey } from '#protocol/sealed/delivery.ts'
import { type DeliveryToken, prepareTokens, tokenCredential } from '#protocol/sealed/tokens.ts'
import type { TokenAnswer, TokenPublicKey } from '#protocol/token-wire.ts'
import { type Answer, type CallOptions, call, registeredMember, tokenOf } from './edge-client.ts'
import { Client, stubOf } from './relay-client.ts'

const octets = () => toBase64url(randomBytes(32))
const codeOf = ({ body }: Answer) => body.error?.code

/** An account that takes sealed messages by its delivery key. */
async function person() {
  const member = await registeredMember({}, 5, toBase64url(randomBytes(1_216)))
  const token = await tokenOf(member)
  const access = deliveryAccess(newDeliveryKey(), member.id)
  const update = { version: 1, verifier: deliveryVerifier(access), keepFormer: false }
  const updated = await call('PUT', '/v1/delivery-key', update, { token })
  expect(updated).toMatchObject({ status: 200, body: { version: 1 } })
  return { member, token, update, list: member.list, byKey: { deliveryKey: access } }
}

async function deliver(deliveries: readonly Delivery[], options?: CallOptions): Promise<DeliveryAnswer[]> {
  const answer = await call('POST', '/v1/deliveries', { deliveries }, options)
  expect(answer.status).toBe(200)
  return answer.body['answers'] as DeliveryAnswer[]
}

const outcomes = (answers: readonly DeliveryAnswer[]) =>
  answers.map((answer) => (answer.outcome === 'rejected' ? answer.code : answer.outcome))

async function publishedKeys() {
  const { body } = await call('GET', '/v1/sealed-sender-keys')
  return body as unknown as { certificateKeys: CertificateKey[]; tokenKeys: TokenPublicKey[] }
}

/** Tokens of an account, verified as a client does it. */
function take(token: string, count: number): Promise<DeliveryToken[]> {
  return tokensFrom(async (blinded) => {
    const { tokenKeys } = await publishedKeys()
    const taken = await call('POST', '/v1/delivery-tokens', { blinded }, { token })
    expect(taken.status).toBe(200)
    const answer = taken.body as unknown as TokenAnswer
    const key = tokenKeys.find(({ id }) => id === answer.keyId)
    if (key === undefined) throw new Error('issued under a key that is not published')
    return { key, answer }
  }, count)
}

/** A message that spends a token. */
function strangersTo(
  list: Parameters<typeof deliveryFor>[0],
  token: DeliveryToken | undefined,
  messageId = randomId(),
) {
  if (token === undefined) throw new Error('no token')
  const credential = { token: tokenCredential(token, { recipient: list.account, messageId }) }
  return deliveryFor(list, credential, { messageId })
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a sealed delivery', () => {
  it('X-16: reaches the recipients’ sockets in one request without any credential of its sender, and each is answered in order', async () => {
    const [ada, ben] = [await person(), await person()]
    const socket = await Client.open(ben.member)
    await socket.hello()
    const nobody = { ...ada.list, account: randomId() }
    const deliveries = [
      deliveryFor(ben.list, ben.byKey),
      deliveryFor(ada.list, ada.byKey),
      deliveryFor(ben.list, ben.byKey),
      deliveryFor(ben.list, ada.byKey),
      deliveryFor(nobody, ben.byKey),
      deliveryFor(ben.list, ben.byKey, { envelopes: [] }),
    ]
    const answers = await deliver(deliveries)
    expect(outcomes(answers)).toEqual([
      'accepted',
      'accepted',
      'accepted',
      'deliveryRefused',
      'deliveryRefused',
      'mismatch',
    ])
    expect(answers.map(({ to, messageId }) => [to, messageId])).toEqual(
      deliveries.map(({ to, messageId }) => [to, messageId]),
    )
    expect(answers[5]).toMatchObject({ missing: [1], deviceList: ben.member.signed, bundles: [{ device: 1 }] })
    await socket.until(() => socket.received.length === 2)
    const items = socket.ofType('envelopes').flatMap((frame) => frame.items)
    expect(items.map(({ messageId, from }) => [messageId, from])).toEqual([
      [deliveries[0]?.messageId, undefined],
      [deliveries[2]?.messageId, undefined],
    ])
    expect(outcomes(await deliver(deliveries.slice(0, 1)))).toEqual(['accepted'])
  })

  it('X-19: that is ephemeral is passed on, and not stored', async () => {
    const ben = await person()
    const socket = await Client.open(ben.member)
    await socket.hello()
    expect(outcomes(await deliver([deliveryFor(ben.list, ben.byKey, { ephemeral: true })]))).toEqual(['accepted'])
    await socket.until(() => socket.ofType('ephemeral').length === 1)
    expect(socket.ofType('ephemeral')[0]?.items[0]?.from).toBeUndefined()
    expect(socket.received).toEqual([])
  })

  it('X-22: is refused when its request says who sends it, and bears a correlation id of the relay’s own', async () => {
    const ben = await person()
    const deliveries = [deliveryFor(ben.list, ben.byKey)]
    for (const [method, path, body] of [
      ['POST', '/v1/deliveries', { deliveries }],
      ['GET', '/v1/sealed-sender-keys', undefined],
    ] as const) {
      const answer = await call(method, path, body, { token: ben.token })
      expect(answer.body.error).toMatchObject({ code: 'malformed', detail: 'authorization' })
    }
    const trace = 'ab'.repeat(16)
    const headers = { traceparent: `00-${trace}-${'cd'.repeat(8)}-01` }
    const sent = await call('POST', '/v1/deliveries', { deliveries }, { headers })
    expect(sent.status).toBe(200)
    expect(sent.headers.get('x-correlation-id')).toMatch(/^[0-9a-f]{32}$/)
    expect(sent.headers.get('x-correlation-id')).not.toBe(trace)
  })

  it('X-9: follows changes of the delivery key, also when its object was evicted meanwhile', async () => {
    const ben = await person()
    const access = deliveryAccess(newDeliveryKey(), ben.member.id)
    const next = { version: 2, verifier: deliveryVerifier(access), keepFormer: false }
    const put = (body: object) => call('PUT', '/v1/delivery-key', body, { token: ben.token })
    expect(await put(next)).toMatchObject({ status: 200, body: { version: 2 } })
    expect(await put(next)).toMatchObject({ status: 200, body: { version: 2 } })
    expect(await put(ben.update)).toMatchObject({ status: 409, body: { error: { code: 'deliveryKeyConflict' } } })
    await evictDurableObject(stubOf(ben.member))
    const byNext = { deliveryKey: access }
    expect(outcomes(await deliver([deliveryFor(ben.list, ben.byKey), deliveryFor(ben.list, byNext)]))).toEqual([
      'deliveryRefused',
      'accepted',
    ])
  })

  it('X-16: to an object that does not answer may be repeated, and holds up no other', async () => {
    const [ada, ben] = [await person(), await person()]
    const broken = {
      idFromName: (name: string) => name,
      get: (name: string) =>
        name === ada.member.id
          ? { depositSealed: () => Promise.reject(new Error('gone')) }
          : env.USER_RELAY.get(env.USER_RELAY.idFromName(name)),
    }
    const deliveries = [deliveryFor(ada.list, ada.byKey), deliveryFor(ben.list, ben.byKey)]
    const answers = await deliver(deliveries, { env: { USER_RELAY: broken as never } })
    expect(outcomes(answers)).toEqual(['relayUnavailable', 'accepted'])
  })

  it('H-5: of too many from one address is refused without waiting for the count, and so is who keeps trying credentials', async () => {
    const ben = await person()
    const taken: string[] = []
    const refusing = (name: string) => ({
      idFromName: () => 'id',
      get: () => ({
        take: (key: string) => {
          taken.push(key)
          return Promise.resolve(key.startsWith(name) ? { allowed: false, retryAfterMs: 60_000 } : { allowed: true })
        },
      }),
    })
    const send = (name: string, address: string, credential: object) =>
      call(
        'POST',
        '/v1/deliveries',
        { deliveries: [deliveryFor(ben.list, credential as never)] },
        { env: { SHARED_STATE: refusing(name) as never }, headers: { 'cf-connecting-ip': address } },
      )
    // By this count the first is one too many; it was on its way already.
    expect((await send('deliveriesPerAddress', '2001:db8:1:1::1', ben.byKey)).status).toBe(200)
    await expect.poll(() => taken.length, { timeout: 30_000 }).toBe(1)
    expect(taken[0]).toMatch(/^deliveriesPerAddress:[\w-]{16}$/)
    const again = await send('deliveriesPerAddress', '2001:db8:1:1:ffff::2', ben.byKey)
    expect(again).toMatchObject({ status: 429, body: { error: { code: 'rateLimited' } } })
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await send('deliveriesPerAddress', '2001:db8:1:2::1', ben.byKey)).status).toBe(200)

    const wrong = { deliveryKey: octets() }
    expect((await send('refusedDeliveriesPerAddress', '192.0.2.8', wrong)).status).toBe(200)
    await expect.poll(() => taken.some((key) => key.startsWith('refused')), { timeout: 30_000 }).toBe(true)
    expect((await send('refusedDeliveriesPerAddress', '192.0.2.8', ben.byKey)).status).toBe(429)
    expect((await send('refusedDeliveriesPerAddress', '192.0.2.9', ben.byKey)).status).toBe(200)
  })

  it('says nothing in the log of who gets it', async () => {
    const ben = await person()
    const lines: string[] = []
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((line: unknown) => void lines.push(String(line)))
    }
    const delivery = deliveryFor(ben.list, ben.byKey)
    await deliver([delivery, deliveryFor(ben.list, { deliveryKey: octets() })])
    expect(lines.join('\n')).toContain(ROUTES.deliver.path)
    for (const id of [ben.member.id, delivery.messageId, ben.byKey.deliveryKey]) {
      expect(lines.join('\n')).not.toContain(id)
    }
  })
})

describe('a delivery token', () => {
  it('X-13, X-14: is verified under the published key, opens an inbox once, and no other afterwards', async () => {
    const [ada, ben, cleo] = [await person(), await person(), await person()]
    const [first, second] = await take(ada.token, 2)
    const messageId = randomId()
    const whole = strangersTo(ben.list, first, messageId)
    const asking = { ...whole, envelopes: [] }
    expect(outcomes(await deliver([asking]))).toEqual(['mismatch'])
    // The same delivery once more, now complete; and its repetition, as after an answer that was lost.
    expect(outcomes(await deliver([whole]))).toEqual(['accepted'])
    expect(outcomes(await deliver([whole]))).toEqual(['accepted'])
    for (const elsewhere of [strangersTo(ben.list, first), strangersTo(cleo.list, first)]) {
      expect(outcomes(await deliver([elsewhere]))).toEqual(['deliveryTokenInvalid'])
    }
    // Meant for another message than it comes with.
    const credential = { token: tokenCredential(second as DeliveryToken, { recipient: ben.list.account, messageId }) }
    expect(outcomes(await deliver([deliveryFor(ben.list, credential)]))).toEqual(['deliveryTokenInvalid'])
    expect(outcomes(await deliver([strangersTo(ben.list, second)]))).toEqual(['accepted'])
  })

  it('X-14: that is spent twice at once is taken once; also evicted, and without the claims, its object refuses it', async () => {
    const [ada, ben] = [await person(), await person()]
    const [token] = await take(ada.token, 1)
    const tries = Array.from({ length: 8 }, () => strangersTo(ben.list, token))
    const noClaims = {
      idFromName: () => 'id',
      get: () => ({ claim: () => Promise.reject(new Error('gone')), take: () => Promise.resolve({ allowed: true }) }),
    }
    const all = await Promise.all(tries.map((one) => deliver([one], { env: { SHARED_STATE: noClaims as never } })))
    expect(all.flatMap(outcomes).toSorted()).toEqual([
      'accepted',
      ...Array.from({ length: 7 }, () => 'deliveryTokenInvalid'),
    ])
    await evictDurableObject(stubOf(ben.member))
    const late = await deliver([strangersTo(ben.list, token)], { env: { SHARED_STATE: noClaims as never } })
    expect(outcomes(late)).toEqual(['deliveryTokenInvalid'])
    await runInDurableObject(stubOf(ben.member), (_, state) => {
      expect(state.storage.sql.exec('SELECT count(*) AS count FROM inbox').one()).toEqual({ count: 1 })
    })
  })

  it('X-12: is given out forty times a day, also when the object was evicted; the last request can be repeated', async () => {
    const ada = await person()
    const ask = (blinded: string[]) => call('POST', '/v1/delivery-tokens', { blinded }, { token: ada.token })
    const { blinded: element = '' } = prepareTokens(1)[0] ?? {}
    // What was granted without being evaluated has the same effect on the count.
    const left = RELAY_LIMITS.tokensPerDay - 1
    await runInDurableObject(stubOf(ada.member), (_, state) => {
      const day = Math.floor(Date.now() / 86_400_000)
      state.storage.sql.exec('INSERT INTO token_quota VALUES (1, ?, ?, ?)', day, left, 'another')
    })
    await evictDurableObject(stubOf(ada.member))
    expect((await ask([element, element])).body.error).toMatchObject({ code: 'rateLimited', action: 'retry' })
    const [first, repeated] = [await ask([element]), await ask([element])]
    expect([first.status, repeated.status]).toEqual([200, 200])
    expect(repeated.body['evaluated']).toEqual(first.body['evaluated'])
    const refused = await ask([prepareTokens(1)[0]?.blinded ?? ''])
    expect(codeOf(refused)).toBe('rateLimited')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('X-11: is not made of what is no element', async () => {
    const ada = await person()
    for (const element of [toBase64url(new Uint8Array(32)), toBase64url(new Uint8Array(32).fill(255))]) {
      const answer = await call('POST', '/v1/delivery-tokens', { blinded: [element] }, { token: ada.token })
      expect(answer.body.error).toMatchObject({ code: 'malformed', detail: 'blinded' })
    }
  })
})

describe('a sender certificate', () => {
  it('X-5, X-6: names account, device and identity, is the same for an hour, and counts under the published keys', async () => {
    const ada = await person()
    const fetched = await call('POST', '/v1/sender-certificate', undefined, { token: ada.token })
    const certificate = fromBase64url(String(fetched.body['certificate']))
    const { certificateKeys, tokenKeys } = await publishedKeys()
    expect(verifyCertificate(certificate, certificateKeys, Date.now(), ada.list.identityKey)).toMatchObject({
      ok: true,
      certificate: { account: ada.member.id, device: 1, expiresAt: fetched.body['expiresAt'] },
    })
    expect([certificateKeys.length, tokenKeys.length]).toEqual([3, 3])
    for (const { from, until } of certificateKeys) expect(until - from).toBe(RELAY_LIMITS.certificateKeyLife)
    const again = await call('POST', '/v1/sender-certificate', undefined, { token: ada.token })
    if (again.body['expiresAt'] === fetched.body['expiresAt']) expect(again.body).toEqual(fetched.body)
    await call('DELETE', '/v1/auth/tokens', undefined, { token: ada.token })
    expect(codeOf(await call('POST', '/v1/sender-certificate', undefined, { token: ada.token }))).toBe('tokenRevoked')
  })
})

describe('a deployment without the secret', () => {
  it('has no sealed sender, and says so', async () => {
    const ada = await person()
    const without = { env: { SEALED_SENDER_SECRET: undefined } as object }
    const deliveries = [deliveryFor(ada.list, ada.byKey)]
    expect(codeOf(await call('POST', '/v1/deliveries', { deliveries }, without))).toBe('notFound')
    expect(codeOf(await call('GET', '/v1/sealed-sender-keys', undefined, without))).toBe('notFound')
    const certificate = await call('POST', '/v1/sender-certificate', undefined, { token: ada.token, ...without })
    expect(codeOf(certificate)).toBe('notFound')
  })
})
