import { env, exports } from 'cloudflare:workers'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createInvite } from '#db/queries/invites.ts'
import { openDatabase } from '#db/client.ts'
import { RATES } from '#durable-objects/rates/table.ts'
import { randomId } from '#durable-objects/testing/accounts.ts'
import { utf8 } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'
import { macKey } from '#workers/auth/keys.ts'
import { issueToken } from '#workers/auth/tokens.ts'
import { ORIGIN, call, newMember, registeredMember, registration, signedLogin, tokenOf } from './edge-client.ts'

/** A port where nothing listens (discard, RFC 863). */
const NOWHERE = 'http://127.0.0.1:9/sql'
let names = 0
const freshName = () => `edge.test${Date.now() % 1_000_000}x${(names += 1)}`

describe('registration', () => {
  it('A-2, N-3: can be repeated; the name is claimed once; look-alikes of it are refused', async () => {
    const name = freshName()
    const alice = await newMember(2)
    const body = registration(alice, { username: ` @${name.toUpperCase()} ` })
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await call('POST', '/v1/accounts', body)).toMatchObject({
        status: 200,
        body: { account: alice.id, username: name },
      })
    }
    const lookalike = name.replace('e', 'е')
    const renamed = await call('POST', '/v1/accounts', registration(alice, { username: freshName() }))
    expect(renamed.body).toEqual({ account: alice.id })
    const taken = await call(
      'POST',
      '/v1/accounts',
      registration(await newMember(), { username: name.replace('.', '_') }),
    )
    expect(taken).toMatchObject({ status: 409, body: { error: { code: 'usernameTaken', action: 'fix' } } })
    const cyrillic = await call('POST', '/v1/accounts', registration(await newMember(), { username: lookalike }))
    expect(cyrillic).toMatchObject({ status: 400, body: { error: { code: 'usernameInvalid' } } })
    const reserved = await call('POST', '/v1/accounts', registration(await newMember(), { username: 'adm1n' }))
    expect(reserved.body.error?.code).toBe('usernameReserved')
  })

  it('A-3, A-4: refuses an id that belongs to another identity, a forged list and a foreign prekey', async () => {
    const alice = await registeredMember()
    const mallory = await newMember()
    const codeOf = async (body: object) => (await call('POST', '/v1/accounts', body)).body.error?.code
    expect(await codeOf({ ...registration(mallory), account: alice.id })).toBe('deviceListInvalid')
    expect(
      await codeOf({ ...registration(mallory), deviceList: { ...mallory.signed, signature: alice.signed.signature } }),
    ).toBe('deviceListInvalid')
    expect(await codeOf({ ...registration(mallory), prekeys: alice.upload })).toBe('prekeyInvalid')
  })

  it('A-5: can be closed, or by invitation, whose codes are spent', async () => {
    const closed = await call('POST', '/v1/accounts', registration(await newMember()), {
      env: { REGISTRATION: 'closed' },
    })
    expect(closed).toMatchObject({ status: 403, body: { error: { code: 'registrationClosed' } } })
    const invited = { env: { REGISTRATION: 'invite' } }
    expect((await call('POST', '/v1/accounts', registration(await newMember()), invited)).body.error?.code).toBe(
      'inviteRequired',
    )
    const invite = randomId()
    const codeHash = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(invite)))
    const db = openDatabase({ url: env.DATABASE_URL, fetchEndpoint: env.DATABASE_HTTP_ENDPOINT })
    await createInvite(db, { codeHash, uses: 1, correlationId: crypto.randomUUID() }, Date.now())
    const first = await newMember()
    expect((await call('POST', '/v1/accounts', registration(first, { invite }), invited)).status).toBe(200)
    expect((await call('POST', '/v1/accounts', registration(first, { invite }), invited)).status).toBe(200)
    const second = await call('POST', '/v1/accounts', registration(await newMember(), { invite }), invited)
    expect(second).toMatchObject({ status: 403, body: { error: { code: 'inviteInvalid' } } })
  })

  it('A-7: says that the database is down, retryably, and leaves nothing behind', async () => {
    const alice = await newMember()
    const down = { env: { DATABASE_HTTP_ENDPOINT: NOWHERE } }
    const answer = await call('POST', '/v1/accounts', registration(alice), down)
    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'databaseUnavailable', action: 'retry' } } })
    expect((await call('POST', '/v1/accounts', registration(alice))).status).toBe(200)
    const ready = await call('GET', '/ready', undefined, down)
    expect(ready).toMatchObject({
      status: 503,
      body: { status: 'failing', checks: { database: 'failing', objects: 'ok', r2: 'ok' } },
    })
    expect((await call('GET', '/live', undefined, down)).status).toBe(200)
  })
})

describe('login', () => {
  it('L-1: takes a challenge once, from the device that it was given to, within a minute', async () => {
    const alice = await registeredMember()
    const login = await signedLogin(alice)
    const { body, status } = await call('POST', '/v1/auth/tokens', login)
    expect(status).toBe(200)
    expect(Number(body['expiresAt']) - Date.now()).toBeLessThanOrEqual(LIMITS.accessTokenTtl)
    expect(await call('POST', '/v1/auth/tokens', login)).toMatchObject({
      status: 401,
      body: { error: { code: 'challengeInvalid' } },
    })
    const bob = await registeredMember()
    const stolen = { ...(await signedLogin(alice)), account: bob.id }
    expect((await call('POST', '/v1/auth/tokens', stolen)).body.error?.code).toBe('challengeInvalid')
  })

  it('L-2: fails alike for a wrong signature, an unknown device and an unknown account', async () => {
    const alice = await registeredMember()
    const mallory = await newMember()
    for (const as of [{ account: alice.id }, { account: alice.id, device: 9 }, { account: mallory.id }]) {
      const answer = await call('POST', '/v1/auth/tokens', await signedLogin(mallory, as))
      expect(answer).toMatchObject({
        status: 401,
        body: { error: { code: 'signatureInvalid', action: 'reauthenticate' } },
      })
    }
  })

  it('L-9: refuses a challenge that was signed for another relay, which passed it on', async () => {
    const alice = await registeredMember()
    const relayed = await signedLogin(alice, {}, 'https://evil.test')
    expect((await call('POST', '/v1/auth/tokens', relayed)).body.error?.code).toBe('signatureInvalid')
  })

  it('a failed attempt does not use the challenge up', async () => {
    const alice = await registeredMember()
    const login = await signedLogin(alice)
    const wrong = { ...login, signature: (await signedLogin(alice)).signature }
    expect((await call('POST', '/v1/auth/tokens', wrong)).body.error?.code).toBe('signatureInvalid')
    expect((await call('POST', '/v1/auth/tokens', login)).status).toBe(200)
  })
})

describe('access tokens', () => {
  const status = async (token?: string) => {
    const answer = await call('GET', '/v1/prekeys', undefined, token === undefined ? {} : { token })
    return answer.body.error?.code ?? answer.status
  }

  it('L-3, L-5: opens what it is for, until it is revoked', async () => {
    const alice = await registeredMember({}, 3)
    const token = await tokenOf(alice)
    expect(await call('GET', '/v1/prekeys', undefined, { token })).toMatchObject({ body: { oneTimeCount: 3 } })
    expect((await call('DELETE', '/v1/auth/tokens', undefined, { token })).status).toBe(200)
    expect(await status(token)).toBe('tokenRevoked')
    expect(await status(await tokenOf(alice))).toBe(200)
  })

  it('L-4: is refused by name when missing, expired, forged, of another algorithm, purpose or relay', async () => {
    const alice = await registeredMember()
    const now = Date.now()
    const holder = { account: alice.id, device: 1, epoch: 1 }
    const claims = {
      dev: 1,
      ep: 1,
      sub: alice.id,
      iss: 'silentrelay',
      aud: 'silentrelay',
      exp: Math.floor(now / 1_000) + 60,
    }
    const key = await macKey(env.TOKEN_SECRET, 'access token')
    const good = (await issueToken(env.TOKEN_SECRET, holder, now)).token
    const [head = '', payload = '', mac = ''] = good.split('.')
    const none = `${btoa('{"alg":"none","typ":"at+jwt"}').replaceAll('=', '')}.${payload}.`
    expect(await status()).toBe('tokenMissing')
    expect(await status((await issueToken(env.TOKEN_SECRET, holder, now - LIMITS.accessTokenTtl - 1_000)).token)).toBe(
      'tokenExpired',
    )
    expect(await status(`${head}.${payload}.${mac.slice(0, -2)}AA`)).toBe('tokenInvalid')
    expect(await status(none)).toBe('tokenInvalid')
    expect(await status(await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(key))).toBe(
      'tokenInvalid',
    )
    const longKey = new Uint8Array(64)
    expect(
      await status(await new SignJWT(claims).setProtectedHeader({ alg: 'HS512', typ: 'at+jwt' }).sign(longKey)),
    ).toBe('tokenInvalid')
    expect(
      await status(
        await new SignJWT({ ...claims, aud: 'other' }).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' }).sign(key),
      ),
    ).toBe('tokenInvalid')
    expect(
      await status(
        await new SignJWT({ ...claims, dev: 'one' }).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' }).sign(key),
      ),
    ).toBe('tokenInvalid')
    const otherSecret = (await issueToken(btoa('x'.repeat(32)).replaceAll('=', ''), holder, now)).token
    expect(await status(otherSecret)).toBe('tokenInvalid')
    expect(await status('not a token')).toBe('tokenMissing')
    expect(await status('nonsense')).toBe('tokenInvalid')
    // Genuine, of an epoch that is no more.
    expect(await status(good)).toBe('tokenRevoked')
  })
})

describe('bodies', () => {
  it.each([
    ['not JSON', '{', {}, 400, 'notJson'],
    ['not UTF-8 JSON', '\u0000', {}, 400, 'notJson'],
    ['another media type', '{}', { 'content-type': 'text/plain' }, 415, 'unsupportedMediaType'],
    ['oversize', `"${'x'.repeat(LIMITS.httpBodyBytes)}"`, {}, 413, 'tooLarge'],
    ['an unknown field', { account: randomId(), device: 1, extra: 1 }, {}, 400, 'malformed'],
    ['a missing field', { device: 1 }, {}, 400, 'malformed'],
    ['bad base64', { account: '!'.repeat(22), device: 1 }, {}, 400, 'malformed'],
    ['non-canonical base64', { account: `${'A'.repeat(21)}B`, device: 1 }, {}, 400, 'malformed'],
    ['a device out of range', { account: randomId(), device: 0 }, {}, 400, 'malformed'],
  ])('%s is refused by name', async (_, body, headers, status, code) => {
    const answer = await call('POST', '/v1/auth/challenges', body, { headers })
    expect(answer).toMatchObject({ status, body: { error: { code } } })
    expect(JSON.stringify(answer.body)).not.toContain('    at ')
  })

  it('H-3: an unknown address and a wrong method are told apart, and name no path', async () => {
    expect(await call('GET', '/v1/nothing/here')).toMatchObject({ status: 404, body: { error: { code: 'notFound' } } })
    expect(await call('GET', '/v1/accounts')).toMatchObject({
      status: 405,
      body: { error: { code: 'methodNotAllowed' } },
    })
  })
})

describe('usernames and prekeys', () => {
  it('N-6: finds an account by its name, and hands out its prekeys, each once', async () => {
    const username = freshName()
    const bob = await registeredMember({ username }, 1)
    const token = await tokenOf(await registeredMember())
    const found = await call('POST', '/v1/usernames/lookup', { username: username.toUpperCase() }, { token })
    expect(found.body).toMatchObject({ account: bob.id, username })
    const fetched = [
      await call('POST', '/v1/prekeys/fetch', { account: bob.id }, { token }),
      await call('POST', '/v1/prekeys/fetch', { account: bob.id }, { token }),
    ]
    expect(
      fetched.map(({ body }) => (body['bundles'] as { oneTimePrekey?: { id: number } }[])[0]?.oneTimePrekey?.id),
    ).toEqual([1, undefined])
    const nobody = await call('POST', '/v1/usernames/lookup', { username: 'no.such.person' }, { token })
    expect(nobody).toMatchObject({ status: 404, body: { error: { code: 'usernameNotFound' } } })
    const unknown = await call('POST', '/v1/prekeys/fetch', { account: randomId() }, { token })
    expect(unknown).toMatchObject({ status: 404, body: { error: { code: 'unknownRecipient' } } })
  })

  it('lookups are limited by account, and those that find nobody far sooner', async () => {
    const username = freshName()
    await registeredMember({ username })
    const ask = async (name: string, token: string, times: number) => {
      const request = () => call('POST', '/v1/usernames/lookup', { username: name }, { token })
      return (await Promise.all(Array.from({ length: times }, request))).map(({ status }) => status)
    }
    const [reader, guesser] = [await tokenOf(await registeredMember()), await tokenOf(await registeredMember())]
    // Some more than the burst: the bucket fills again meanwhile.
    const hits: number[] = []
    // A few at a time: each holds one of the misses until its answer is known.
    for (let round = 0; round < 12; round += 1) hits.push(...(await ask(username, reader, 8)))
    expect(hits.filter((status) => status === 200).length).toBeGreaterThanOrEqual(RATES.lookupsPerAccount.burst)
    expect(hits).toContain(429)
    const misses = await ask('nobody.here', guesser, 40)
    const { burst } = RATES.missedLookupsPerAccount
    expect(misses.filter((status) => status === 404).length).toBeGreaterThanOrEqual(burst)
    expect(misses.filter((status) => status === 404).length).toBeLessThan(2 * burst)
    // Past it, who is there is no better to be told from who is not.
    expect(await ask(username, guesser, 1)).toEqual([429])
  })
})

describe('sockets', () => {
  const open = async (headers: Record<string, string>) => {
    const response = await exports.default.fetch(new Request(`${ORIGIN}/v1/socket`, { headers }))
    if (response.webSocket) {
      response.webSocket.accept()
      response.webSocket.close()
      return response.status
    }
    const body: { error: { code: string } } = await response.json()
    return body.error.code
  }

  it('W-1, W-2: open with a ticket and the protocol’s name, from the own origin or none', async () => {
    const token = await tokenOf(await registeredMember())
    const offer = async () => {
      const { body } = await call('POST', '/v1/socket-tickets', undefined, { token })
      return { upgrade: 'websocket', 'sec-websocket-protocol': `silentrelay.v1, ticket.${String(body['ticket'])}` }
    }
    expect(await open(await offer())).toBe(101)
    expect(await open({ ...(await offer()), origin: ORIGIN })).toBe(101)
    expect(await open({ ...(await offer()), origin: 'https://evil.test' })).toBe('originNotAllowed')
    expect(await open({ ...(await offer()), origin: 'null' })).toBe('originNotAllowed')
    const plain = await offer()
    expect(await open({ 'sec-websocket-protocol': plain['sec-websocket-protocol'] })).toBe('upgradeRequired')
    expect(await open({ ...plain, 'sec-websocket-protocol': 'silentrelay.v1' })).toBe('ticketInvalid')
    expect(await open({ ...plain, 'sec-websocket-protocol': 'silentrelay.v1, ticket.a.b' })).toBe('ticketInvalid')
    expect(
      await open({ ...plain, 'sec-websocket-protocol': plain['sec-websocket-protocol'].replace('v1', 'v2') }),
    ).toBe('unsupportedVersion')
  })
})

describe('every answer', () => {
  it('carries the security headers and the correlation id that it was asked with', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c'
    for (const path of ['/live', '/nowhere', '/v1/prekeys', '/docs', '/openapi.json']) {
      const response = await exports.default.fetch(
        new Request(`${ORIGIN}${path}`, { headers: { traceparent: `00-${trace}-b7ad6b7169203331-01` } }),
      )
      const { headers } = response
      await response.arrayBuffer()
      expect(headers.get('x-correlation-id')).toBe(trace)
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('strict-transport-security')).toContain('max-age=')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
    }
  })

  it('may be read by the own origin and the named ones, and by no other', async () => {
    const allowed = { env: { ALLOWED_ORIGINS: 'https://app.test' } }
    const from = async (origin: string) =>
      (await call('GET', '/v1/configuration', undefined, { ...allowed, headers: { origin } })).headers.get(
        'access-control-allow-origin',
      )
    expect(await from('https://app.test')).toBe('https://app.test')
    expect(await from(ORIGIN)).toBe(ORIGIN)
    expect(await from('https://evil.test')).toBeNull()
  })

  it('of a relay that is configured wrongly says so, and names the variables in the log only', async () => {
    const answer = await call('GET', '/v1/configuration', undefined, { env: { TOKEN_SECRET: 'short' } })
    expect(answer).toMatchObject({ status: 500, body: { error: { code: 'internal' } } })
    expect(JSON.stringify(answer.body)).not.toContain('TOKEN_SECRET')
  })
})
