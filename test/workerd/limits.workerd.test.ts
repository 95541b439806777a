/** The limits at the edge: who pays for what, and that nobody else does. */

import { evictAllDurableObjects, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { RATES, type RateName, type registrationRates } from '#durable-objects/rates/table.ts'
import { messageFor, randomId, sealedDeviceRecord } from '#durable-objects/testing/accounts.ts'
import { deliveryFor } from '#durable-objects/testing/deliveries.ts'
import type { SharedStateStore } from '#durable-objects/shared-state/contract.ts'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import type { Route } from '#protocol/http/route.ts'
import { ROUTES } from '#protocol/http/routes.ts'
import { sealedSize } from '#protocol/media/sizes.ts'
import { mediaTokens } from '#protocol/media/tokens.ts'
import { prepareTokens } from '#protocol/sealed/tokens.ts'
import type { Env } from '#workers/env.ts'
import { handle } from '#workers/http/app.ts'
import { durableSharedState } from '#workers/shared-state/durable.ts'
import {
  type CallOptions,
  type Member,
  ORIGIN,
  call,
  newMember,
  registeredMember,
  registration,
  signedLogin,
  tokenOf,
} from './edge-client.ts'
import { sampleBodies } from './group-edge-client.ts'
import { Client, stubOf } from './relay-client.ts'

const octets = (length: number): string => toBase64url(randomBytes(length))
let networks = 0
/** An address in a network that no other test uses. */
const freshAddress = (): string => `198.18.${(networks += 1)}.7`
const from = (address: string): CallOptions => ({ headers: { 'cf-connecting-ip': address } })

/** Messages are counted a quarter of a second after they were let through. */
const COUNTED = { timeout: 30_000 }

/** Shared state that notes the keys of buckets that are taken from, and passes on, or refuses. */
function recording(refusing = false): { taken: string[]; env: Partial<Env> } {
  const taken: string[] = []
  const real = durableSharedState(env.SHARED_STATE)
  const store: SharedStateStore = {
    claim: (...args) => real.claim(...args),
    take: async (key, ...args) => {
      taken.push(key)
      return refusing ? { allowed: false, retryAfterMs: 1_500 } : real.take(key, ...args)
    },
  }
  return { taken, env: { SHARED_STATE: { idFromName: () => 'id', get: () => store } as never } }
}

const object = () => ({ name: octets(32), release: octets(32) })
const mediaToken = () => ({ keyId: 1, nonce: octets(32), proof: octets(32) })

/** For each operation, a body that its schema takes. */
async function bodies(member: Member): Promise<Record<string, unknown>> {
  const sample: Record<string, unknown> = {
    ...sampleBodies(randomId()),
    register: registration(await newMember()),
    challenge: { account: member.id, device: 1 },
    logIn: await signedLogin(member),
    claimUsername: { username: `limits.${networks}x${Date.now() % 1_000_000}` },
    findUsername: { username: 'nobody.here' },
    updateDeviceList: { deviceList: member.signed },
    fetchDeviceList: { account: member.id },
    uploadPrekeys: member.upload,
    fetchPrekeys: { account: member.id },
    keyLogIndexes: { elements: [octets(32)] },
    keyLogLookup: { accounts: [{ account: member.id, index: octets(32) }], pinned: 0 },
    clientLog: { digest: octets(32), pinned: 0 },
    deliver: {
      deliveries: [
        deliveryFor(
          { ...member.list, devices: [sealedDeviceRecord(1)] },
          { deliveryKey: octets(32) },
          { envelopes: [] },
        ),
      ],
    },
    deliveryTokens: { blinded: prepareTokens(1).map(({ blinded }) => blinded) },
    updateDeliveryKey: { version: 1, verifier: octets(32), keepFormer: false },
    issueMediaTokens: { blinded: mediaTokens.prepare(1).map(({ blinded }) => blinded) },
    createMedia: { ...object(), bytes: sealedSize(1), hours: 1, tokens: [mediaToken()] },
    resumeMedia: { ...object(), parts: [1] },
    completeMedia: { ...object(), etags: ['AAAA'] },
    fetchMedia: { object: octets(32) },
    renewMedia: { object: octets(32), tokens: [mediaToken()] },
    deleteMedia: object(),
    subscribePush: { target: { kind: 'apns', token: 'a'.repeat(64) } },
  }
  return sample
}

/** What each operation takes from, in its order. */
const PAYS: Record<keyof typeof ROUTES, readonly (RateName | keyof ReturnType<typeof registrationRates>)[]> = {
  configuration: [],
  register: ['registrationsPerAddress', 'registrationsPerNetwork'],
  challenge: ['loginsPerAddress'],
  logIn: ['loginsPerAddress', 'loginsPerDevice'],
  revokeTokens: ['revocationsPerDevice'],
  socketTicket: ['ticketsPerDevice'],
  claimUsername: ['usernamesPerAccount'],
  releaseUsername: ['usernameReleasesPerAccount'],
  // The third is given back when somebody was found.
  findUsername: ['lookupsPerAddress', 'lookupsPerAccount', 'missedLookupsPerAccount'],
  updateDeviceList: ['deviceListsPerDevice'],
  fetchDeviceList: ['bundlesPerAccount'],
  uploadPrekeys: ['ownKeysPerDevice'],
  prekeyStatus: ['ownKeysPerDevice'],
  fetchPrekeys: ['bundlesPerAccount'],
  uploadKeyPackages: ['ownKeysPerDevice'],
  keyPackageStatus: ['ownKeysPerDevice'],
  fetchKeyPackages: ['keyPackagesPerAccount'],
  createGroup: ['groupsPerAccount'],
  commitToGroup: ['groupChangesPerAccount'],
  sendToGroup: ['groupSendsPerAddress'],
  fetchGroup: ['groupPagesPerAccount'],
  leaveGroup: ['groupChangesPerAccount'],
  openGroupLink: ['groupLinksPerAccount'],
  offerRejoin: ['groupChangesPerAccount'],
  keyLogIndexes: ['indexesPerAccount'],
  keyLogLookup: ['keyLookupsPerAddress'],
  clientLog: ['keyLogReadsPerAddress'],
  // The second for the wrong credential.
  deliver: ['deliveriesPerAddress', 'refusedDeliveriesPerAddress'],
  sealedSenderKeys: ['sealedSenderKeysPerAddress'],
  senderCertificate: ['certificatesPerDevice'],
  deliveryTokens: ['deliveryTokensPerAccount'],
  updateDeliveryKey: ['deliveryKeysPerDevice'],
  issueMediaTokens: ['mediaTokensPerAccount'],
  createMedia: ['mediaUploadsPerAddress'],
  resumeMedia: ['mediaUploadsPerAddress'],
  completeMedia: ['mediaUploadsPerAddress'],
  fetchMedia: ['mediaFetchesPerAddress'],
  renewMedia: ['mediaUploadsPerAddress'],
  deleteMedia: ['mediaUploadsPerAddress'],
  subscribePush: ['pushTargetsPerDevice'],
  unsubscribePush: ['pushTargetsPerDevice'],
}

describe('every operation', () => {
  it('H-5: is counted against the rates of the table, by who acts, and refused with a time to come back', async () => {
    const member = await registeredMember()
    const token = await tokenOf(member)
    const whose = (name: string): unknown => {
      const rate = Object.entries(RATES).find(([known]) => known === name)?.[1]
      if (rate?.by === 'account') return member.id
      return rate?.by === 'device' ? `${member.id}.1` : expect.stringMatching(/^[\w-]{16}$/)
    }
    const samples = await bodies(member)
    for (const [name, route] of Object.entries<Route>(ROUTES)) {
      // Ends the token.
      if (name === 'revokeTokens') continue
      const expected = PAYS[name as keyof typeof ROUTES]
      const body = samples[name]
      const given = { ...from(freshAddress()), ...(route.authenticated && { token }) }
      const passing = recording()
      await call(route.method, route.path, body, { ...given, env: passing.env })
      await expect.poll(() => passing.taken.length, COUNTED).toBe(expected.length)
      const keys = passing.taken.map((key) => key.split(':'))
      expect([name, keys]).toEqual([name, expected.map((rate) => [rate, whose(rate)])])
      // Messages do not wait for their count: deliveries.workerd.test.ts, group-http.workerd.test.ts.
      if (expected.length === 0 || name === 'deliver' || name === 'sendToGroup') continue
      const refusing = recording(true)
      const refused = await call(route.method, route.path, body, { ...given, env: refusing.env })
      expect([name, refused]).toMatchObject([
        name,
        { status: 429, body: { error: { code: 'rateLimited', action: 'retry', retryAfterMs: 1_500 } } },
      ])
      expect([name, refused.headers.get('retry-after'), refusing.taken.length]).toEqual([name, '2', 1])
    }
  })

  it('H-5: passes while its counters cannot be reached', async () => {
    const broken = { idFromName: () => 'id', get: () => ({ take: () => Promise.reject(new Error('away')) }) } as never
    const answer = await call(
      'POST',
      '/v1/auth/challenges',
      { account: randomId(), device: 1 },
      {
        env: { SHARED_STATE: broken },
      },
    )
    expect(answer.status).toBe(200)
  })
})

/**
 * What abuse comes to, each with its limit: taken until it is refused, and refused again when every object has been evicted. Registration floods, token
 * farming and slow readers have such tests of their own (below; X-12; W-11).
 */
describe('over an eviction of everything, nobody gets anything again', () => {
  it('registration floods, by address', async () => {
    const address = freshAddress()
    const limited = { ...from(address), env: { REGISTRATIONS_PER_HOUR: '1' } }
    expect((await call('POST', '/v1/accounts', registration(await newMember()), limited)).status).toBe(200)
    await evictAllDurableObjects()
    expect((await call('POST', '/v1/accounts', registration(await newMember()), limited)).status).toBe(429)
  })

  it('enumeration, by account: names that nobody has', async () => {
    const token = await tokenOf(await registeredMember())
    const guess = async () =>
      (await call('POST', '/v1/usernames/lookup', { username: 'nobody.here' }, { token })).status
    for (let turn = 0; turn < RATES.missedLookupsPerAccount.burst; turn += 1) expect(await guess()).toBe(404)
    expect(await guess()).toBe(429)
    await evictAllDurableObjects()
    expect(await guess()).toBe(429)
  })

  it('prekey drain, by who takes', async () => {
    const [alice, mallory] = [await registeredMember({}, 100), await registeredMember()]
    const token = await tokenOf(mallory)
    const isDrained = async () => {
      const { body } = await call('POST', '/v1/prekeys/fetch', { account: alice.id }, { token })
      return !JSON.stringify(body['bundles']).includes('oneTimePrekey')
    }
    for (let turn = 0; turn < RATES.prekeysPerTaker.burst; turn += 1) expect(await isDrained()).toBe(false)
    expect(await isDrained()).toBe(true)
    await evictAllDurableObjects()
    expect(await isDrained()).toBe(true)
  })

  it('fan-out abuse, by who begins to write', async () => {
    const alice = await registeredMember()
    await runInDurableObject(stubOf(alice), (_, { storage }) => {
      const { burst, everyMs } = RATES.newRecipientsPerAccount
      const fullAt = Date.now() + burst * everyMs
      storage.sql.exec("INSERT INTO buckets (rate, who, full_at) VALUES ('newRecipientsPerAccount', '', ?)", fullAt)
    })
    for (let turn = 0; turn < 2; turn += 1) {
      const client = await Client.open(alice)
      await client.hello()
      client.send({ type: 'send', messages: [messageFor({ ...alice.list, account: randomId() })] })
      await client.until(() => client.ofType('rejected').length === 1)
      expect(client.ofType('rejected')[0]).toMatchObject({ code: 'rateLimited' })
      client.socket.close()
      await evictAllDurableObjects()
    }
  })

  it('token farming and socket floods, by account and device', async () => {
    const token = await tokenOf(await registeredMember())
    const blinded = () => mediaTokens.prepare(6).map((prepared) => prepared.blinded)
    const farm = async () => (await call('POST', '/v1/media/tokens', { blinded: blinded() }, { token })).status
    for (let turn = 0; turn < RATES.mediaTokensPerAccount.burst / 6; turn += 1) expect(await farm()).toBe(200)
    const ticket = async () => (await call('POST', '/v1/socket-tickets', undefined, { token })).status
    for (let turn = 0; turn < 2 * RATES.ticketsPerDevice.burst && (await ticket()) === 200; turn += 1);
    await evictAllDurableObjects()
    expect([await farm(), await ticket()]).toEqual([429, 429])
  })
})

describe('registration', () => {
  const register = async (address: string, perHour: number) =>
    (
      await call('POST', '/v1/accounts', registration(await newMember()), {
        ...from(address),
        env: { REGISTRATIONS_PER_HOUR: String(perHour) },
      })
    ).status

  it('is limited by address, IPv6 by its /64, and by network, whatever the addresses in it', async () => {
    const prefix = `2001:db8:${(Date.now() % 65_536).toString(16)}`
    expect(await register(`${prefix}:1::1`, 1)).toBe(200)
    expect(await register(`${prefix}:1:aaaa::2`, 1)).toBe(429)
    for (let at = 2; at <= 10; at += 1) expect(await register(`${prefix}:${at}::1`, 1)).toBe(200)
    expect(await register(`${prefix}:b::1`, 1)).toBe(429)
    expect(await register('2001:db9::1', 1)).toBe(200)
  })

  it('counts what fails as well: a name that is taken is an answer', async () => {
    const address = freshAddress()
    const username = `taken.${Date.now() % 1_000_000}`
    await registeredMember({ username })
    const ask = async () =>
      call('POST', '/v1/accounts', registration(await newMember(), { username }), {
        ...from(address),
        env: { REGISTRATIONS_PER_HOUR: '1' },
      })
    expect((await ask()).body.error?.code).toBe('usernameTaken')
    expect((await ask()).body.error?.code).toBe('rateLimited')
  })
})

describe('nobody can use up what somebody else may do', () => {
  it('L-2: whoever cannot sign for a device pays by address, however often, and the device still logs in', async () => {
    const [alice, mallory] = [await registeredMember(), await newMember()]
    const address = from(freshAddress())
    const forged = await signedLogin(mallory, { account: alice.id })
    for (let turn = 0; turn <= RATES.loginsPerDevice.burst; turn += 1) {
      const answer = await call('POST', '/v1/auth/tokens', forged, address)
      expect(answer.body.error?.code).toBe('signatureInvalid')
    }
    expect(await tokenOf(alice)).toMatch(/\./)
  })

  it('L-5: a revoked token takes from no bucket but its device’s', async () => {
    const alice = await registeredMember()
    const token = await tokenOf(alice)
    await call('DELETE', '/v1/auth/tokens', undefined, { token })
    const samples = await bodies(alice)
    for (const [name, route] of Object.entries<Route>(ROUTES).filter(([, { authenticated }]) => authenticated)) {
      const { taken, env: variables } = recording()
      const answer = await call(route.method, route.path, samples[name], {
        token,
        env: variables,
      })
      expect([name, answer.body.error?.code]).toEqual([name, 'tokenRevoked'])
      expect([name, taken.filter((key) => !key.endsWith(`:${alice.id}.1`))]).toEqual([name, []])
    }
  })
})

describe('sockets', () => {
  it('W-10: of one address are limited before any object is called, and one that is refused says why and when', async () => {
    const { taken, env: variables } = recording(true)
    const opened: string[] = []
    const USER_RELAY = { idFromName: (name: string) => opened.push(name), get: () => undefined } as never
    const offer = `silentrelay.v1, ticket.${randomId()}.${octets(32)}`
    const request = new Request(`${ORIGIN}/v1/socket`, {
      headers: { upgrade: 'websocket', 'sec-websocket-protocol': offer, 'cf-connecting-ip': freshAddress() },
    })
    const response = await handle(request, { ...env, ...variables, USER_RELAY })
    const socket = response.webSocket
    if (!socket) throw new Error('no socket')
    const heard: unknown[] = []
    const closed = new Promise<CloseEvent>((resolve) => {
      socket.addEventListener('message', ({ data }) => void heard.push(JSON.parse(String(data))))
      socket.addEventListener('close', resolve)
    })
    socket.accept()
    expect(await closed).toMatchObject({ code: 4429, reason: 'rateLimited' })
    expect(heard).toMatchObject([{ type: 'error', code: 'rateLimited', retryAfterMs: 1_500 }])
    expect(taken).toEqual([expect.stringMatching(/^socketsPerAddress:[\w-]{16}$/)])
    expect(opened).toEqual([])
  })
})

describe('readiness', () => {
  it('is asked by address, so that nobody keeps the database busy with it', async () => {
    const { taken, env: variables } = recording(true)
    const response = await handle(new Request(`${ORIGIN}/ready`, from(freshAddress())), { ...env, ...variables })
    expect(response.status).toBe(429)
    expect(taken).toEqual([expect.stringMatching(/^readinessPerAddress:/)])
    expect((await exports.default.fetch(new Request(`${ORIGIN}/ready`))).status).toBe(200)
  })
})
