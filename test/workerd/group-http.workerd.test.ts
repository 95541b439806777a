import { afterEach, describe, expect, it, vi } from 'vitest'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { NO_CHANGE } from '#protocol/groups/change.ts'
import type { Route } from '#protocol/http/route.ts'
import { ROUTES } from '#protocol/http/routes.ts'
import { LIMITS } from '#protocol/limits.ts'
import { randomId } from '#durable-objects/testing/accounts.ts'
import { type Answer, type Member, call, registeredMember, tokenOf } from './edge-client.ts'
import { EdgeGroup, sampleBodies } from './group-edge-client.ts'

const body = (length = 40): string => toBase64url(randomBytes(length))
/** More than the platform draws at once. */
const filled = (length: number): string => toBase64url(new Uint8Array(length).fill(7))
const codeOf = ({ body: answer }: Answer) => answer.error?.code

async function person(): Promise<{ member: Member; token: string }> {
  const member = await registeredMember()
  return { member, token: await tokenOf(member) }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('key packages', () => {
  const upload = (count: number, first = 1, lastResort?: string) => ({
    suite: 83,
    keyPackages: Array.from({ length: count }, (_, at) => ({ id: first + at, body: body() })),
    lastResort,
  })

  it('J-1, J-3: are uploaded, counted, and handed out once each, then those of last resort', async () => {
    const [ada, ben] = [await person(), await person()]
    const uploaded = upload(2, 1, body())
    const status = { suite: 83, count: 2, hasLastResort: true, highestId: 2 }
    for (let turn = 0; turn < 2; turn += 1) {
      const answer = await call('PUT', '/v1/key-packages', uploaded, { token: ada.token })
      expect(answer).toMatchObject({ status: 200, body: status })
    }
    const changed = upload(1, 2)
    const refused = await call('PUT', '/v1/key-packages', changed, { token: ada.token })
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'keyPackageInvalid', action: 'fix' } } })
    const asked = { account: ada.member.id, suite: 83 }
    const fetched = []
    for (let turn = 0; turn < 3; turn += 1) {
      fetched.push((await call('POST', '/v1/key-packages/fetch', asked, { token: ben.token })).body)
    }
    expect(fetched.map((answer) => answer['deviceList'])).toEqual(Array.from({ length: 3 }, () => ada.member.signed))
    expect(fetched.flatMap((answer) => answer['keyPackages'])).toEqual([
      { device: 1, body: uploaded.keyPackages[0]?.body, isLastResort: false },
      { device: 1, body: uploaded.keyPackages[1]?.body, isLastResort: false },
      { device: 1, body: uploaded.lastResort, isLastResort: true },
    ])
    const left = await call('GET', '/v1/key-packages', undefined, { token: ada.token })
    expect(left.body).toEqual({ suites: [{ ...status, count: 0 }] })
    const unknown = await call('POST', '/v1/key-packages/fetch', { ...asked, account: randomId() }, ben)
    expect(unknown).toMatchObject({ status: 404, body: { error: { code: 'unknownRecipient' } } })
  })

  it('H-1: an upload of the largest packages fits, and nothing larger than its own limit does', async () => {
    const { token } = await person()
    const largest = filled(LIMITS.keyPackageBytes)
    const keyPackages = Array.from({ length: LIMITS.keyPackagesPerUpload }, (_, at) => ({
      id: at + 1,
      body: largest,
    }))
    const whole = { suite: 83, keyPackages, lastResort: largest }
    expect(JSON.stringify(whole).length).toBeGreaterThan(LIMITS.httpBodyBytes)
    expect(await call('PUT', '/v1/key-packages', whole, { token })).toMatchObject({ status: 200, body: { count: 25 } })
    const oversize = `"${'x'.repeat(LIMITS.keyPackageUploadBytes)}"`
    expect(codeOf(await call('PUT', '/v1/key-packages', oversize, { token }))).toBe('tooLarge')
  })
})

describe('groups', () => {
  it('T-1, T-5, T-9: one creates, adds another with a welcome, and both read the log', async () => {
    const [ada, ben] = [await person(), await person()]
    const group = await EdgeGroup.create(ada.token)
    expect((await group.create(ada.token)).body).toEqual({ epoch: 0 })
    expect(codeOf(await group.create(ben.token))).toBe('groupTaken')
    expect(codeOf(await group.fetch(ben.token))).toBe('notMember')
    const welcome = body(200)
    const add = [{ account: ben.member.id, device: 1 }]
    const committed = await group.commit(ada.token, { change: { ...NO_CHANGE, add }, welcome })
    expect(committed).toMatchObject({ status: 200, body: { seq: 1, epoch: 1 } })
    const joined = await group.fetch(ben.token)
    expect(joined.body).toMatchObject({ suite: 83, epoch: 1, head: 1, welcome: { seq: 1, epoch: 1, body: welcome } })
    const sent = await group.send([await group.message(), await group.message()])
    expect(sent.body).toMatchObject({ epoch: 1, answers: [{ seq: 2 }, { seq: 3 }] })
    for (const { token } of [ada, ben]) {
      expect((await group.fetch(token, 1)).body).toMatchObject({ entries: [{ seq: 2 }, { seq: 3 }] })
      expect((await group.fetch(token, 1, 1)).body).toMatchObject({ entries: [{ seq: 2 }] })
    }
  })

  it('T-3, T-4: refuses what the epoch, the role and the members do not allow, by name and by action', async () => {
    const [ada, ben] = [await person(), await person()]
    const group = await EdgeGroup.create(ada.token)
    await group.commit(ada.token, {
      change: { ...NO_CHANGE, add: [{ account: ben.member.id, device: 1 }] },
      welcome: body(),
    })
    const late = await group.commit(ada.token, { epoch: 0 })
    expect(late).toMatchObject({ status: 409, body: { error: { code: 'epochConflict', action: 'fix' } } })
    const rename = { change: { ...NO_CHANGE, details: true } }
    expect(await group.commit(ben.token, rename)).toMatchObject({
      status: 403,
      body: { error: { code: 'roleInsufficient' } },
    })
    const again = { change: { ...NO_CHANGE, add: [{ account: ben.member.id, device: 1 }] }, welcome: body() }
    expect(codeOf(await group.commit(ada.token, again))).toBe('changeInvalid')
    expect(codeOf(await new EdgeGroup().commit(ada.token))).toBe('groupNotFound')
  })

  it('T-6: takes messages without a token, from whoever has the epoch’s key, and from nobody else', async () => {
    const ada = await person()
    const group = await EdgeGroup.create(ada.token)
    const forged = { ...(await group.message()), proof: body(64) }
    const sent = await group.send([await group.message(), forged])
    expect(sent).toMatchObject({ status: 200, body: { answers: [{ seq: 1 }, { code: 'sendProofInvalid' }] } })
    expect(codeOf(await new EdgeGroup().send([forged]))).toBe('groupNotFound')
  })

  it('T-14, I-1, I-6: a member leaves, a link is opened, and a rejoin is offered', async () => {
    const [ada, ben] = [await person(), await person()]
    const group = await EdgeGroup.create(ada.token)
    const [link, box] = [randomId(), body(300)]
    const add = [{ account: ben.member.id, device: 1 }]
    const change = { ...NO_CHANGE, add, links: [link] }
    expect((await group.commit(ada.token, { change, welcome: body(), boxes: [{ link, box }] })).status).toBe(200)
    const stranger = await person()
    const opened = await call('POST', '/v1/groups/links/open', { group: group.id, link }, stranger)
    expect(opened.body).toEqual({ suite: 83, epoch: 1, seq: 1, box })
    const wrong = await call('POST', '/v1/groups/links/open', { group: group.id, link: randomId() }, stranger)
    expect(wrong).toMatchObject({ status: 403, body: { error: { code: 'linkInvalid' } } })
    const offer = {
      group: group.id,
      epoch: 1,
      for: { account: ben.member.id, device: 1 },
      link: randomId(),
      box: body(),
    }
    expect((await call('POST', '/v1/groups/rejoins', offer, ada)).body).toEqual({})
    expect(codeOf(await call('POST', '/v1/groups/rejoins', offer, stranger))).toBe('notMember')
    for (let turn = 0; turn < 2; turn += 1) {
      expect((await call('POST', '/v1/groups/leave', { group: group.id }, ben)).body).toEqual({})
    }
    expect(codeOf(await call('POST', '/v1/groups/leave', { group: group.id }, stranger))).toBe('notMember')
  })

  it('T-3, H-1: a commit and a welcome of the largest size fit', async () => {
    const [ada, ben] = [await person(), await person()]
    const group = await EdgeGroup.create(ada.token)
    const link = randomId()
    const add = [{ account: ben.member.id, device: 1 }]
    const welcome = filled(LIMITS.groupWelcomeBytes)
    const largest = {
      body: filled(LIMITS.groupCommitBytes),
      change: { ...NO_CHANGE, add, links: [link] },
      welcome,
      boxes: [{ link, box: filled(LIMITS.groupWelcomeBytes) }],
    }
    expect((await group.commit(ada.token, largest)).body).toMatchObject({ seq: 1, epoch: 1 })
    expect((await group.fetch(ben.token)).body).toMatchObject({ welcome: { body: welcome } })
    const oversize = `"${'x'.repeat(LIMITS.groupCommitRequestBytes)}"`
    expect(codeOf(await call('POST', '/v1/groups/commits', oversize, ada))).toBe('tooLarge')
  })
})

describe('who may ask', () => {
  const operations = Object.entries<Route>(ROUTES).filter(
    ([, { path, authenticated }]) => authenticated && /^\/v1\/(groups|key-packages)/.test(path),
  )

  it.each(operations)(
    'H-7, L-5: %s takes no call without a token, or with one that was revoked',
    async (name, route) => {
      const { token } = await person()
      const bodies: Record<string, unknown> = sampleBodies(randomId())
      const ask = (options: object) => call(route.method, route.path, bodies[name], options)
      expect(codeOf(await ask({}))).toBe('tokenMissing')
      expect(codeOf(await ask({ token }))).not.toBe('malformed')
      await call('DELETE', '/v1/auth/tokens', undefined, { token })
      expect(codeOf(await ask({ token }))).toBe('tokenRevoked')
    },
  )

  it('H-1: what is no body of the operation is refused by name, before anything is done', async () => {
    const { token } = await person()
    const unlimited = {
      idFromName: () => 'id',
      get: () => ({ take: () => Promise.resolve({ allowed: true }) }),
    } as never
    for (const [name, sample] of Object.entries(sampleBodies(randomId()))) {
      const { method, path } = (ROUTES as Record<string, Route>)[name] ?? { method: 'POST', path: name }
      const fields = Object.keys(sample)
      const bad: readonly unknown[] = [
        null,
        [],
        [sample],
        { ...sample, loud: true },
        ...fields.map((field) => Object.fromEntries(Object.entries(sample).filter(([key]) => key !== field))),
        ...[{}, null, -1, 1.5, '!', 'A'.repeat(21)].flatMap((value) =>
          fields.map((field) => Object.assign({}, sample, { [field]: value })),
        ),
      ]
      const answers = await Promise.all(
        bad.map((request) => call(method, path, JSON.stringify(request), { token, env: { SHARED_STATE: unlimited } })),
      )
      expect(answers.map((answer, at) => [name, bad[at], codeOf(answer)])).toEqual(
        bad.map((request) => [name, request, 'malformed']),
      )
    }
  })

  it('H-5: sends are counted by address, IPv6 by its /64, as a keyed hash; all else by account', async () => {
    const ada = await person()
    const taken: string[] = []
    const take = (key: string) => {
      taken.push(key)
      return Promise.resolve({ allowed: false, retryAfterMs: 60_000 })
    }
    const SHARED_STATE = { idFromName: () => 'id', get: () => ({ take }) } as never
    const bodies: Record<string, unknown> = sampleBodies(randomId())
    const send = (address: string) =>
      call('POST', '/v1/groups/messages', bodies['sendToGroup'], {
        env: { SHARED_STATE },
        headers: { 'cf-connecting-ip': address },
      })
    // Counted after they were let through, and together.
    const passed = await Promise.all(['2001:db8:7:8::1', '2001:db8:7:8:ffff::2', '2001:db8:7:9::1'].map(send))
    expect(passed.map(({ status }) => status)).not.toContain(429)
    await expect.poll(() => taken.length, { timeout: 30_000 }).toBe(2)
    expect(taken[0]).toMatch(/^groupSendsPerAddress:[\w-]{16}$/)
    expect(taken[1]).not.toBe(taken[0])
    const refused = await send('2001:db8:7:8::3')
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'rateLimited' } } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    for (const [name, route] of operations.filter(([, { method }]) => method === 'POST')) {
      taken.length = 0
      const answer = await call(route.method, route.path, bodies[name], { ...ada, env: { SHARED_STATE } })
      expect([name, codeOf(answer), taken.length, taken[0]?.split(':')[1]]).toEqual([
        name,
        'rateLimited',
        1,
        ada.member.id,
      ])
    }
  })
})

describe('logs', () => {
  it('say which operation was asked for, and neither which group nor who asked', async () => {
    const lines: string[] = []
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((line: unknown) => void lines.push(String(line)))
    }
    const [ada, ben] = [await person(), await person()]
    const group = await EdgeGroup.create(ada.token)
    const add = [{ account: ben.member.id, device: 1 }]
    await group.commit(ada.token, { change: { ...NO_CHANGE, add }, welcome: body() })
    await group.send([await group.message()])
    const bodies: Record<string, unknown> = sampleBodies(group.id)
    for (const [name, { method, path }] of Object.entries<Route>(ROUTES)) {
      if (/^\/v1\/(groups|key-packages)/.test(path)) await call(method, path, bodies[name], ben)
    }
    const routes = new Set(lines.map((line) => (JSON.parse(line) as { route?: string }).route))
    for (const { path } of [ROUTES.createGroup, ROUTES.commitToGroup, ROUTES.sendToGroup, ROUTES.fetchGroup]) {
      expect(routes).toContain(path)
    }
    for (const id of [group.id, ada.member.id, ben.member.id]) expect(lines.join('\n')).not.toContain(id)
  })
})
