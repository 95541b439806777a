/** The watch, from the request that is conspicuous to what comes of it. */

import { evictAllDurableObjects, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import * as v from 'valibot'
import { describe, expect, it, vi } from 'vitest'
import { openDatabase } from '#db/client.ts'
import { auditPage } from '#db/queries/audit-trail.ts'
import { RATES } from '#durable-objects/rates/table.ts'
import { randomId } from '#durable-objects/testing/accounts.ts'
import { deliveryFor } from '#durable-objects/testing/deliveries.ts'
import { BLOCKED_AT, SLOWED_AT, WEIGHTS } from '#durable-objects/watch/weights.ts'
import { accountSubject } from '#durable-objects/watch/subject.ts'
import { watchOf } from '#durable-objects/watch/stub.ts'
import { relayOf } from '#durable-objects/user/stub.ts'
import type { UserRelay } from '#durable-objects/user/user-relay.ts'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { prepareTokens } from '#protocol/sealed/tokens.ts'
import type { Env } from '#workers/env.ts'
import {
  type CallOptions,
  call,
  newMember,
  registeredMember,
  registration,
  signedLogin,
  tokenOf,
} from './edge-client.ts'
import { Client, stubOf } from './relay-client.ts'

const octets = (length: number): string => toBase64url(randomBytes(length))
let networks = 0
const freshAddress = (): string => `198.19.${(networks += 1)}.9`
const from = (address: string, more: CallOptions = {}): CallOptions => ({
  ...more,
  headers: { 'cf-connecting-ip': address },
})

const subjectOf = (account: string) => accountSubject(env.TOKEN_SECRET, account)
const verdictOn = (account: string) => watchOf(env.WATCH, subjectOf(account)).verdict(subjectOf(account))

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 400 && !(await condition()); turn += 1) await new Promise((go) => setTimeout(go, 10))
  expect(await condition()).toBe(true)
}

/** Notes of the watch, in a copy of the environment, instead of the objects. */
function listening(): { heard: [string, string, number][]; env: Partial<Env> } {
  const heard: [string, string, number][] = []
  const stub = {
    note: ({ subject, signal, count }: { subject: string; signal: string; count: number }) => {
      heard.push([subject, signal, count])
      return Promise.resolve({ level: 'clear', until: 0 })
    },
    verdict: () => Promise.resolve({ level: 'clear', until: 0 }),
  }
  return { heard, env: { WATCH: { idFromName: () => 'id', get: () => stub } as never } }
}

/** Has the watch count `count` for a subject. */
const note = (subject: string, count: number) =>
  watchOf(env.WATCH, subject).note({ subject, signal: 'authFailure', count, correlationId: 'b'.repeat(32) })
const block = (account: string) => note(subjectOf(account), BLOCKED_AT)

describe('what the edge tells the watch', () => {
  it('is by the address until a token is good, then by the account, both as hashes', async () => {
    const alice = await registeredMember()
    const token = await tokenOf(alice)
    const mallory = await newMember()
    const forged = await signedLogin(mallory, { account: alice.id })
    const byAddress = [expect.stringMatching(/^n\.[\w-]{16}$/)]
    const byAccount = [subjectOf(alice.id)]
    const cases: [string, string, unknown, CallOptions, unknown[], string][] = [
      ['POST', '/v1/auth/tokens', forged, {}, byAddress, 'authFailure'],
      ['POST', '/v1/auth/tokens', { ...forged, challenge: octets(56) }, {}, byAddress, 'authFailure'],
      ['GET', '/v1/prekeys', undefined, { token: `${token}x` }, byAddress, 'tokenMisuse'],
      ['POST', '/v1/usernames/lookup', { username: 'nobody.here' }, { token }, byAccount, 'enumeration'],
      [
        'POST',
        '/v1/accounts',
        registration(mallory, { invite: 'guessed' }),
        { env: { REGISTRATION: 'invite' } },
        byAddress,
        'enumeration',
      ],
      [
        'POST',
        '/v1/deliveries',
        { deliveries: [deliveryFor(alice.list, { deliveryKey: octets(32) }, { envelopes: [] })] },
        {},
        byAddress,
        'enumeration',
      ],
    ]
    for (const [method, path, body, options, [subject], signal] of cases) {
      const { heard, env: watch } = listening()
      await call(method, path, body, from(freshAddress(), { ...options, env: { ...options.env, ...watch } }))
      for (let turn = 0; turn < 50 && heard.length === 0; turn += 1) await new Promise((go) => setTimeout(go, 10))
      expect([path, heard]).toEqual([path, [[subject, signal, 1]]])
    }
    const { heard, env: watch } = listening()
    const once = from(freshAddress(), { env: { REGISTRATIONS_PER_HOUR: '1', ...watch } })
    for (let turn = 0; turn < 2; turn += 1) await call('POST', '/v1/accounts', registration(mallory), once)
    await until(() => Promise.resolve(heard.length > 0))
    expect(heard).toEqual([[byAddress[0], 'registrationFlood', 1]])
  })

  it('has a limit that was exceeded as its signal says', async () => {
    const alice = await registeredMember()
    const token = await tokenOf(alice)
    const { heard, env: watch } = listening()
    const refusing = {
      idFromName: () => 'id',
      get: () => ({ take: () => Promise.resolve({ allowed: false, retryAfterMs: 1 }) }),
    } as never
    const variables = { ...watch, SHARED_STATE: refusing }
    const blinded = prepareTokens(1).map((prepared) => prepared.blinded)
    await call('POST', '/v1/media/tokens', { blinded }, from(freshAddress(), { token, env: variables }))
    await call('POST', '/v1/socket-tickets', undefined, from(freshAddress(), { token, env: variables }))
    await call(
      'POST',
      '/v1/auth/challenges',
      { account: alice.id, device: 1 },
      from(freshAddress(), { env: variables }),
    )
    await until(() => Promise.resolve(heard.length === 3))
    expect(heard).toEqual([
      [subjectOf(alice.id), 'tokenFarming', 1],
      [subjectOf(alice.id), 'socketFlood', 1],
      [expect.stringMatching(/^n\./), 'flood', 1],
    ])
  })
})

describe('an address', () => {
  it('AB-3: that guesses logins is blocked, also after an eviction; it is refused what is counted by address, and nobody else is', async () => {
    const alice = await registeredMember()
    const mallory = await newMember()
    const address = freshAddress()
    const forged = await signedLogin(mallory, { account: alice.id })
    const { heard, env: watch } = listening()
    await call('POST', '/v1/auth/tokens', forged, from(address, { env: watch }))
    await until(() => Promise.resolve(heard.length > 0))
    const subject = heard[0]?.[0] ?? ''
    const guess = async () => (await call('POST', '/v1/auth/tokens', forged, from(address))).body.error?.code
    const codes: unknown[] = []
    for (let turn = 0; turn < BLOCKED_AT && codes.at(-1) !== 'rateLimited'; turn += 1) codes.push(await guess())
    // Slowed on its way there: it gets a few more, and not as many as a block takes.
    expect(codes.indexOf('rateLimited')).toBeGreaterThanOrEqual(SLOWED_AT)
    const again = () => call('POST', '/v1/auth/challenges', { account: alice.id, device: 1 }, from(address))
    expect((await note(subject, BLOCKED_AT)).level).toBe('blocked')
    await until(async () => ((await again()).body.error?.retryAfterMs ?? 0) > 60_000)
    await evictAllDurableObjects()
    const refused = await again()
    expect(refused.body.error).toMatchObject({ code: 'rateLimited', action: 'retry' })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(60)
    const elsewhere = from(freshAddress())
    expect((await call('POST', '/v1/auth/challenges', { account: alice.id, device: 1 }, elsewhere)).status).toBe(200)
    // Who is logged in goes on, from the same address too.
    const token = await tokenOf(alice)
    expect((await call('GET', '/v1/prekeys', undefined, from(address, { token }))).status).toBe(200)
  })
})

describe('an account', () => {
  it('AB-2: that is blocked loses its socket and what it may do, not its device list; evictions lift nothing', async () => {
    const alice = await registeredMember()
    const token = await tokenOf(alice)
    const socket = await Client.open(alice)
    await socket.hello()
    await block(alice.id)
    const find = (username: string) =>
      call('POST', '/v1/usernames/lookup', { username }, from(freshAddress(), { token }))
    // The next thing that is noticed has its object told.
    expect((await find('nobody.here')).body.error?.code).toBe('usernameNotFound')
    await socket.until(() => socket.closed !== undefined)
    expect(socket.closed).toEqual({ code: 4429, reason: 'rateLimited' })
    expect(socket.ofType('error').at(-1)?.retryAfterMs).toBeGreaterThan(60_000)
    await evictAllDurableObjects()
    const blinded = prepareTokens(1).map((prepared) => prepared.blinded)
    for (const [method, path, body] of [
      ['POST', '/v1/usernames/lookup', { username: 'nobody.here' }],
      ['POST', '/v1/socket-tickets', undefined],
      ['POST', '/v1/prekeys/fetch', { account: alice.id }],
      ['POST', '/v1/delivery-tokens', { blinded }],
    ] as const) {
      const answer = await call(method, path, body, { token })
      expect([path, answer.status, answer.body.error?.code]).toEqual([path, 429, 'rateLimited'])
    }
    expect((await call('PUT', '/v1/devices', { deviceList: alice.signed }, { token })).status).toBe(200)
    expect((await call('GET', '/v1/prekeys', undefined, { token })).status).toBe(200)
    expect((await call('DELETE', '/v1/auth/tokens', undefined, { token })).status).toBe(200)
    expect(await tokenOf(alice)).toMatch(/\./)
  })

  it('that drains somebody’s prekeys is told of by that somebody’s object, and slowed by its own', async () => {
    const [alice, mallory] = [await registeredMember({}, 100), await registeredMember()]
    const token = await tokenOf(mallory)
    const { burst } = RATES.prekeysPerTaker
    const enough = burst + Math.ceil(SLOWED_AT / WEIGHTS.prekeyDrain.account) + 1
    for (let turn = 0; turn < enough; turn += 1) {
      await call('POST', '/v1/prekeys/fetch', { account: alice.id }, { token })
    }
    await until(async () => (await verdictOn(mallory.id)).level === 'slowed')
    expect((await verdictOn(alice.id)).level).toBe('clear')
    const caller = { device: 1, tokenEpoch: -1 }
    const ask = () => relayOf(env.USER_RELAY, mallory.id).authorise({ account: mallory.id, correlationId: 't', caller })
    expect(await ask()).toMatchObject({ ok: false, code: 'tokenRevoked' })
    const answers = []
    for (let turn = 0; turn < RATES.slowedPerAccount.burst + 5; turn += 1) {
      answers.push((await call('POST', '/v1/prekeys/fetch', { account: alice.id }, { token })).status)
    }
    expect(answers.filter((status) => status === 429).length).toBeGreaterThanOrEqual(4)
  })

  it('that floods its socket is told of by its object', async () => {
    const alice = await registeredMember()
    await note(subjectOf(alice.id), SLOWED_AT - WEIGHTS.socketFlood.account + 2)
    const socket = await Client.open(alice)
    await socket.hello()
    await runInDurableObject(stubOf(alice), (relay: UserRelay, state) => {
      const [accepted] = state.getWebSockets()
      if (accepted === undefined) throw new Error('no socket')
      // At one moment: frames come through this process no faster than they are allowed to.
      const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now())
      for (let at = 0; at <= RATES.framesPerSocket.burst; at += 1)
        relay.webSocketMessage(accepted, '{"type":"ack","upTo":0}')
      clock.mockRestore()
    })
    await socket.until(() => socket.closed !== undefined)
    expect(socket.closed).toEqual({ code: 4429, reason: 'rateLimited' })
    await until(async () => (await verdictOn(alice.id)).level === 'slowed')
  })
})

describe('whoever operates it', () => {
  const SECRET = 'o'.repeat(43)
  const lift = (body: unknown, token = SECRET) =>
    call('POST', '/operator/lifts', body, from(freshAddress(), { token, env: { OPERATOR_SECRET: SECRET } }))

  it('lifts the block of an account, which is told nothing and goes on at once; that is in the audit log', async () => {
    const alice = await registeredMember()
    const token = await tokenOf(alice)
    const find = async () =>
      (await call('POST', '/v1/usernames/lookup', { username: 'nobody.here' }, from(freshAddress(), { token }))).body
        .error?.code
    await block(alice.id)
    expect(await find()).toBe('usernameNotFound')
    await until(async () => (await find()) === 'rateLimited')
    expect((await lift({ account: alice.id }, 'p'.repeat(43))).body.error?.code).toBe('tokenInvalid')
    expect(await find()).toBe('rateLimited')
    const subject = subjectOf(alice.id)
    expect((await lift({ account: alice.id })).body).toEqual({ subject, lifted: 'blocked' })
    expect(await find()).toBe('usernameNotFound')
    await evictAllDurableObjects()
    expect(await find()).toBe('usernameNotFound')
    const socket = await Client.open(alice)
    await socket.hello()
    expect((await lift({ account: alice.id })).body).toEqual({ subject, lifted: 'clear' })
    const database = openDatabase({ url: env.DATABASE_URL, fetchEndpoint: env.DATABASE_HTTP_ENDPOINT })
    const entries = async () => (await auditPage(database, 0, 10_000)).filter((entry) => entry.subject === subject)
    await until(async () => (await entries()).length === 2)
    expect((await entries())[1]).toMatchObject({ type: 'restrictionLifted', actor: 'operator' })
  })

  it.each(['address', 'subject'] as const)('lifts the block of an address, by its %s', async (by) => {
    const alice = await registeredMember()
    const address = freshAddress()
    const { subject } = v.parse(v.object({ subject: v.string() }), (await lift({ address })).body)
    await note(subject, BLOCKED_AT)
    const challenge = async () =>
      (await call('POST', '/v1/auth/challenges', { account: alice.id, device: 1 }, from(address))).status
    await until(async () => (await challenge()) === 429)
    expect((await lift(by === 'address' ? { address } : { subject })).body).toEqual({ subject, lifted: 'blocked' })
    expect(await challenge()).toBe(200)
  })

  it('is told what it may name, and finds nothing where the deployment has no such secret', async () => {
    for (const body of [{}, { subject: subjectOf(randomId()) }, { address: 'home' }, { account: 'x' }]) {
      expect((await lift(body)).body.error?.code).toBe('malformed')
    }
    const unset = from(freshAddress(), { token: SECRET, env: { OPERATOR_SECRET: '' } })
    expect((await call('POST', '/operator/lifts', {}, unset)).body.error?.code).toBe('notFound')
  })
})

describe('what the watch did', () => {
  it('is in the audit log, and at the webhook, signed, by its alarm', async () => {
    const account = randomId()
    const subject = subjectOf(account)
    await block(account)
    const database = openDatabase({ url: env.DATABASE_URL, fetchEndpoint: env.DATABASE_HTTP_ENDPOINT })
    const entryOf = async () => (await auditPage(database, 0, 10_000)).find((entry) => entry.subject === subject)
    // The alarm may have rung by itself.
    await until(async () => (await entryOf()) !== undefined)
    expect(await entryOf()).toMatchObject({
      type: 'restricted',
      actor: 'system',
      correlationId: 'b'.repeat(32),
      details: '{"to":"blocked","because":["authFailure"],"minutes":15,"blocks":1}',
    })
    const receiver = new URL('/received', env.ALERT_WEBHOOK_URL)
    const alertOf = async () => {
      const received = (await (await fetch(receiver)).json()) as { headers: Record<string, string>; body: string }[]
      return received.find(({ body }) => body.includes(subject))
    }
    await until(async () => (await alertOf()) !== undefined)
    const alert = await alertOf()
    expect(JSON.parse(alert?.body ?? '')).toMatchObject({ type: 'abuse.blocked', data: { subject, minutes: 15 } })
    expect(alert?.headers['webhook-signature']).toMatch(/^v1,/)
    expect(JSON.stringify([await entryOf(), alert])).not.toContain(account)
  })
})
