/** Pushes, to services on this machine that answer as the real ones do, and read by a library of somebody else's. */

import { createECDH, generateKeyPairSync, randomBytes } from 'node:crypto'
import { type IncomingHttpHeaders, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decrypt } from 'http_ece'
import { decodeProtectedHeader, importJWK, importSPKI, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fromBase64url, toBase64url, utf8 } from '#protocol/bytes.ts'
import type { PushTarget } from '#protocol/push.ts'
import { applicationServerKey, isPushService } from './address.ts'
import { apnsSender } from './apns.ts'
import { type QueuedMessage, consumePushes } from './consume.ts'
import { encryptPush } from './encrypt.ts'
import { fcmSender } from './fcm.ts'
import type { PushSenders } from './sender.ts'
import { pushSettings, PushVariables } from './settings.ts'
import { webPushSender } from './web-push.ts'
import * as v from 'valibot'

const NOW = 1_795_000_000_000
const octets = (length: number): string => toBase64url(new Uint8Array(randomBytes(length)))

interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

let server: Server
let base: string
let received: Received[]
/** What is answered next; 201 when there is nothing. */
let answers: { status: number; headers?: Record<string, string>; body?: object }[]

beforeEach(async () => {
  received = []
  answers = []
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) })
      const { status, headers = {}, body } = answers.shift() ?? { status: 201 }
      response.writeHead(status, headers).end(body === undefined ? '' : JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(() => new Promise((resolve) => server.close(resolve)))

/** A browser's subscription, with what it takes to read pushes. */
function subscription(path = '/push/abc') {
  const keys = createECDH('prime256v1')
  const p256dh = keys.generateKeys().toString('base64url')
  const auth = randomBytes(16)
  const target = { kind: 'web', endpoint: `${base}${path}`, p256dh, auth: auth.toString('base64url') } as const
  const read = (body: Buffer) => decrypt(body, { version: 'aes128gcm', privateKey: keys, authSecret: auth })
  return { target, read }
}

const vapid = () => ({ privateKey: octets(32), subject: 'mailto:ops@relay.example', hosts: ['127.0.0.1'] })

describe('a push to a browser', () => {
  it('PU-4: is encrypted as in the example of RFC 8291', async () => {
    const publicKey = 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8'
    const point = fromBase64url(publicKey)
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      d: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
      x: toBase64url(point.slice(1, 33)),
      y: toBase64url(point.slice(33)),
      ext: true,
    }
    const curve = { name: 'ECDH', namedCurve: 'P-256' }
    const privateKey = await crypto.subtle.importKey('jwk', jwk, curve, true, ['deriveBits'])
    const ours = await crypto.subtle.importKey('raw', point, curve, true, [])
    const plaintext = utf8('When I grow up, I want to be a watermelon')
    const body = await encryptPush(
      {
        p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
        auth: 'BTBZMqHH6r4Tts7J_aSIgg',
      },
      plaintext,
      plaintext.length,
      { salt: fromBase64url('DGv6ra1nlYgDCS1FRnbzlw'), keys: { privateKey, publicKey: ours } },
    )
    // The example has a record size of 4,096; ours is that of the one record.
    const expected = fromBase64url(
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
    )
    new DataView(expected.buffer).setUint32(16, plaintext.length + 17)
    expect(toBase64url(body)).toBe(toBase64url(expected))
  })

  it('PU-4: tells nothing, has one length, names its sender by VAPID, and replaces the one before', async () => {
    const settings = vapid()
    const send = webPushSender(settings)
    const { target, read } = subscription()
    expect([await send(target, NOW), await send(target, NOW)]).toEqual([{ kind: 'sent' }, { kind: 'sent' }])
    const [first, second] = received as [Received, Received]
    for (const { body } of [first, second]) {
      const opened = read(body)
      expect(opened.toString().replace(/\0+$/, '')).toBe('{"v":1}')
    }
    expect(first.body.length).toBe(second.body.length)
    expect(first.body.equals(second.body)).toBe(false)
    expect(first.headers).toMatchObject({
      ttl: String(3 * 24 * 3_600),
      urgency: 'high',
      topic: 'messages',
      'content-encoding': 'aes128gcm',
    })
    const [, token = '', key] = /^vapid t=([^,]+), k=(\S+)$/.exec(String(first.headers.authorization)) ?? []
    expect(key).toBe(applicationServerKey(settings.privateKey))
    const point = fromBase64url(key ?? '')
    const [x, y] = [toBase64url(point.slice(1, 33)), toBase64url(point.slice(33))]
    const verified = await jwtVerify(token, await importJWK({ kty: 'EC', crv: 'P-256', x, y }, 'ES256'), {
      audience: base,
      currentDate: new Date(NOW),
    })
    expect(verified.payload).toMatchObject({ sub: settings.subject, exp: NOW / 1_000 + 12 * 3_600 })
  })

  it('PU-5: that is dead is gone, that is too much comes later, and what no service takes is refused', async () => {
    const send = webPushSender(vapid())
    const { target } = subscription()
    const cases = [
      [{ status: 410 }, { kind: 'gone' }],
      [{ status: 404 }, { kind: 'gone' }],
      [
        { status: 429, headers: { 'retry-after': '120' } },
        { kind: 'later', status: 429, afterS: 120 },
      ],
      [{ status: 503 }, { kind: 'later', status: 503 }],
      [{ status: 403 }, { kind: 'refused', status: 403 }],
      [
        { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
        { kind: 'refused', status: 302 },
      ],
    ] as const
    for (const [answer, outcome] of cases) {
      answers.push(answer)
      expect(await send(target, NOW)).toEqual(outcome)
    }
    expect(await send({ ...target, p256dh: toBase64url(new Uint8Array(65)) }, NOW)).toEqual({ kind: 'gone' })
    expect(
      await webPushSender({ ...vapid(), hosts: ['127.0.0.1'] })({ ...target, endpoint: 'http://127.0.0.1:1/' }, NOW),
    ).toEqual({ kind: 'later' })
  })

  it('PU-2: goes to push services only, and in the clear to this machine only', async () => {
    const hosts = ['push.example', '127.0.0.1']
    const allowed = ['https://push.example/x', 'https://eu.push.example:8443/x', 'http://127.0.0.1:9/x']
    const refused = [
      'https://evilpush.example/x',
      'https://push.example.evil/x',
      'http://push.example/x',
      'https://user@push.example/x',
      'ftp://push.example/x',
      'https://169.254.169.254/latest',
    ]
    expect(allowed.filter((endpoint) => !isPushService(endpoint, hosts))).toEqual([])
    expect(refused.filter((endpoint) => isPushService(endpoint, hosts))).toEqual([])
    const send = webPushSender({ ...vapid(), hosts: ['elsewhere.example'] })
    expect(await send(subscription().target, NOW)).toEqual({ kind: 'gone' })
    expect(received).toEqual([])
  })
})

describe('a push by Firebase', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const account = () => ({
    project_id: 'silentrelay-test',
    client_email: 'push@silentrelay-test.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    token_uri: `${base}/token`,
  })
  const granted = { status: 200, body: { access_token: 'ya29.token', expires_in: 3_599, token_type: 'Bearer' } }
  const failure = (status: number, code: string, errorCode?: string) => ({
    status,
    body: {
      error: {
        code: status,
        message: 'Requested entity was not found.',
        status: code,
        ...(errorCode && {
          details: [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }],
        }),
      },
    },
  })
  const target: PushTarget = { kind: 'fcm', token: 'cK3:APA91bH_x-4'.padEnd(80, 'x') }

  it('gets a token by the service account’s signature, once, and sends data without content', async () => {
    const send = fcmSender(account(), base)
    answers.push(granted, { status: 200, body: { name: 'projects/silentrelay-test/messages/0:1500415314455276' } })
    answers.push({ status: 200, body: { name: 'projects/silentrelay-test/messages/0:1500415314455277' } })
    expect([await send(target, NOW), await send(target, NOW + 1)]).toEqual([{ kind: 'sent' }, { kind: 'sent' }])
    expect(received.map(({ path }) => path)).toEqual([
      '/token',
      '/v1/projects/silentrelay-test/messages:send',
      '/v1/projects/silentrelay-test/messages:send',
    ])
    const form = new URLSearchParams(received[0]?.body.toString())
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
    const key = await importSPKI(publicKey.export({ type: 'spki', format: 'pem' }) as string, 'RS256')
    const options = { audience: `${base}/token`, issuer: account().client_email, currentDate: new Date(NOW) }
    const { payload } = await jwtVerify(form.get('assertion') ?? '', key, options)
    expect(payload).toMatchObject({ scope: 'https://www.googleapis.com/auth/firebase.messaging' })
    expect(received[1]?.headers.authorization).toBe('Bearer ya29.token')
    expect(JSON.parse(received[1]?.body.toString() ?? '')).toEqual({
      message: {
        token: target.kind === 'fcm' ? target.token : '',
        data: { v: '1' },
        android: { priority: 'HIGH', collapse_key: 'messages', ttl: '259200s' },
      },
    })
  })

  it('forgets tokens that are no more, and nobody because the project is wrong; asks for another access token', async () => {
    const send = fcmSender(account(), base)
    answers.push(granted, failure(404, 'NOT_FOUND', 'UNREGISTERED'))
    expect(await send(target, NOW)).toEqual({ kind: 'gone' })
    answers.push(failure(404, 'NOT_FOUND'))
    expect(await send(target, NOW)).toEqual({ kind: 'refused', status: 404 })
    answers.push(failure(503, 'UNAVAILABLE', 'UNAVAILABLE'))
    expect(await send(target, NOW)).toEqual({ kind: 'later', status: 503 })
    answers.push(failure(401, 'UNAUTHENTICATED'), granted, { status: 200, body: { name: 'x' } })
    expect(await send(target, NOW)).toEqual({ kind: 'later', status: 401 })
    expect(await send(target, NOW)).toEqual({ kind: 'sent' })
    answers.push({ status: 500 })
    expect(await fcmSender(account(), base)(target, NOW)).toEqual({ kind: 'later' })
  })
})

describe('a push by Apple', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const settings = {
    teamId: 'ABCDE12345',
    keyId: 'KEYID67890',
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    topic: 'org.example.silentrelay',
  }
  const target: PushTarget = { kind: 'apns', token: 'a1'.repeat(32) }

  it('carries the team’s token and no content, and is collapsed', async () => {
    const send = apnsSender(settings, base)
    answers.push({ status: 200 })
    expect(await send(target, NOW)).toEqual({ kind: 'sent' })
    const [{ path, headers, body }] = received as [Received]
    expect(path).toBe(`/3/device/${'a1'.repeat(32)}`)
    expect(headers).toMatchObject({
      'apns-topic': 'org.example.silentrelay',
      'apns-push-type': 'alert',
      'apns-collapse-id': 'messages',
      'apns-expiration': String(NOW / 1_000 + 259_200),
    })
    const token = String(headers.authorization).replace('bearer ', '')
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', kid: 'KEYID67890' })
    const key = await importSPKI(publicKey.export({ type: 'spki', format: 'pem' }) as string, 'ES256')
    expect((await jwtVerify(token, key)).payload).toEqual({ iss: 'ABCDE12345', iat: NOW / 1_000 })
    expect(JSON.parse(body.toString())).toEqual({
      aps: { alert: { 'loc-key': 'NEW_MESSAGE' }, 'mutable-content': 1, sound: 'default' },
    })
  })

  it('says which tokens are dead, in its own words', async () => {
    const send = apnsSender(settings, base)
    const cases = [
      [{ status: 410, body: { reason: 'Unregistered', timestamp: NOW } }, { kind: 'gone' }],
      [{ status: 400, body: { reason: 'BadDeviceToken' } }, { kind: 'gone' }],
      [
        { status: 400, body: { reason: 'BadTopic' } },
        { kind: 'refused', status: 400 },
      ],
      [
        { status: 403, body: { reason: 'ExpiredProviderToken' } },
        { kind: 'later', status: 403 },
      ],
      [
        { status: 429, body: { reason: 'TooManyRequests' } },
        { kind: 'later', status: 429 },
      ],
      [
        { status: 503, body: { reason: 'Shutdown' } },
        { kind: 'later', status: 503 },
      ],
    ] as const
    for (const [answer, outcome] of cases) {
      answers.push(answer)
      expect(await send(target, NOW)).toEqual(outcome)
    }
  })
})

describe('the queue', () => {
  interface Handled {
    readonly message: QueuedMessage
    acked: boolean
    delay: number | undefined
  }

  function message(body: unknown, attempts = 1): Handled {
    const handled: Handled = {
      message: {
        body,
        attempts,
        ack: () => void (handled.acked = true),
        retry: (options) => void (handled.delay = options?.delaySeconds ?? 0),
      },
      acked: false,
      delay: undefined,
    }
    return handled
  }

  const job = (device = 1) => ({ account: octets(16), device, correlationId: '0'.repeat(32) })

  it('PU-5: acknowledges what was sent, is needless or refused, tries the rest again ever later, and has dead targets dropped', async () => {
    const dropped: unknown[] = []
    const { target } = subscription()
    const outcomes = ['sent', 'gone', 'later', 'refused'] as const
    const relay = () =>
      ({
        pushTarget: ({ device }: { device: number }) =>
          Promise.resolve(device > 4 ? undefined : { id: `id ${device}`, target: { ...target, auth: String(device) } }),
        dropPushTarget: ({ device, id }: { device: number; id: string }) => {
          dropped.push([device, id])
          return Promise.resolve()
        },
      }) as never
    const senders: PushSenders = {
      web: ({ auth }) => {
        const kind = outcomes[Number(auth) - 1] ?? 'sent'
        return Promise.resolve(kind === 'refused' ? { kind, status: 403 } : { kind })
      },
    }
    const handled = [1, 2, 3, 4, 5].map((device) => message(job(device)))
    const late = message(job(3), 6)
    const nonsense = message({ hello: 'world' })
    const all = [...handled, late, nonsense].map((one) => one.message)
    const counts = await consumePushes(all, { senders, relay, now: NOW, random: () => 1 })
    expect(counts).toEqual({ sent: 1, gone: 1, needless: 2, later: 2, refused: 1 })
    expect(handled.map(({ acked }) => acked)).toEqual([true, true, false, true, true])
    expect([handled[2]?.delay, late.delay, nonsense.acked]).toEqual([10, 320, true])
    expect(dropped).toEqual([[2, 'id 2']])
  })

  it('tries again when the account’s object does not answer, and drops nothing', async () => {
    const relay = () => ({ pushTarget: () => Promise.reject(new Error('away')) }) as never
    const one = message(job())
    await consumePushes([one.message], { senders: {}, relay, now: NOW, random: () => 0 })
    expect([one.acked, one.delay]).toEqual([false, 5])
  })

  it('is set up for what a deployment names, by name', () => {
    const settings = (env: object) => pushSettings(v.parse(PushVariables, env))
    expect(settings({})).toEqual({})
    expect(settings({ VAPID_PRIVATE_KEY: octets(32) })).toEqual({})
    const named = settings({ VAPID_PRIVATE_KEY: octets(32), VAPID_SUBJECT: 'mailto:ops@relay.example' })
    expect(named.vapid?.hosts).toContain('push.services.mozilla.com')
    expect(v.safeParse(PushVariables, { APNS: '{"teamId":"x"}' }).success).toBe(false)
  })
})
