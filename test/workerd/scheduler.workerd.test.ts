/** Scheduled tasks, on the real database and R2. */

import { createScheduledController, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { openDatabase } from '#db/client.ts'
import { archiveEnvelopes, restoreInbox } from '#db/queries/envelopes.ts'
import { beginMedia, findMedia } from '#db/queries/media.ts'
import { randomId } from '#durable-objects/testing/accounts.ts'
import { relayOf } from '#durable-objects/user/stub.ts'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import worker from '#workers/index.ts'
import { MEDIA_FOLDER } from '#workers/media/s3.ts'
import { DEVICE_WALK_PLACE, STEP_ACCOUNTS } from '#workers/scheduler/device-walk.ts'
import { runScheduled } from '#workers/scheduler/run.ts'
import { type TaskBucket, TASK_NAMES, WALK_PLACE, runTasks } from '#workers/scheduler/tasks.ts'
import { call, registeredMember } from './edge-client.ts'
import { Client, stubOf } from './relay-client.ts'

const DAY = 86_400_000
const NOW = Date.now()
const database = () => openDatabase({ url: env.DATABASE_URL, fetchEndpoint: env.DATABASE_HTTP_ENDPOINT })

const bucket: TaskBucket = {
  delete: (keys) => env.MEDIA.delete(keys),
  abort: (key, uploadId) =>
    env.MEDIA.resumeMultipartUpload(key, uploadId)
      .abort()
      .catch(() => undefined),
  list: (options) => env.MEDIA.list(options),
  get: (key) => env.MEDIA.get(key),
  put: (key, value) => env.MEDIA.put(key, value),
}
const lookAfterDevices = (account: string) =>
  relayOf(env.USER_RELAY, account).lookAfterDevices({ account, correlationId: 't' })
const parts = () => ({
  database: database(),
  bucket,
  auditSigningKey: env.AUDIT_SIGNING_KEY,
  lookAfterDevices,
  isByHand: false,
})

async function storedObject({ isKnown, hours = 24 }: { isKnown: boolean; hours?: number }): Promise<Uint8Array> {
  const name = randomBytes(32)
  await env.MEDIA.put(MEDIA_FOLDER + toBase64url(name), 'sealed')
  if (isKnown) {
    const object = { name, bytes: 6, uploadId: null, releaseVerifier: randomBytes(32), hours }
    const begun = await beginMedia(database(), { ...object, expiresAt: NOW + hours * 3_600_000 }, [
      { hash: randomBytes(16), keyId: 1_000_000 },
    ])
    expect(begun).toBe('begun')
  }
  return name
}

const isStored = async (name: Uint8Array) => (await env.MEDIA.head(MEDIA_FOLDER + toBase64url(name))) !== null

describe('scheduled tasks', () => {
  it('delete what R2 has and nobody knows, a day later, page by page; what is known stays', async () => {
    const [orphan, known] = [await storedObject({ isKnown: false }), await storedObject({ isKnown: true, hours: 900 })]
    const odd = `${MEDIA_FOLDER}not base64url!`
    await env.MEDIA.put(odd, 'x')
    await runTasks(['orphans'], parts(), () => NOW)
    expect([await isStored(orphan), await isStored(known)]).toEqual([true, true])
    // One object a page, and one page a run: each goes on where the one before stopped.
    const small = {
      ...bucket,
      list: (options: { prefix: string; cursor?: string }) => env.MEDIA.list({ ...options, limit: 1 }),
    }
    const runs = []
    for (let run = 0; run < 200; run += 1) {
      const [result] = await runTasks(['orphans'], { ...parts(), bucket: small }, () => NOW + 2 * DAY, 1)
      runs.push(result)
      if (result?.isMore === false) break
    }
    expect(runs.length).toBeGreaterThanOrEqual(3)
    expect(runs.at(-1)?.isMore).toBe(false)
    expect([await isStored(orphan), await isStored(known), await env.MEDIA.head(odd)]).toEqual([false, true, null])
  })

  it('do no harm to one another, nor twice: media, copies of envelopes', async () => {
    const [over, kept] = [
      await storedObject({ isKnown: true, hours: 1 }),
      await storedObject({ isKnown: true, hours: 900 }),
    ]
    const account = randomId()
    const incarnation = randomId()
    const envelope = (seq: number, expiresAt: number) => ({
      accountId: account,
      incarnation,
      device: 1,
      seq,
      messageId: randomId(),
      senderAccount: null,
      senderDevice: null,
      body: 'AAAA',
      urgent: false,
      acceptedAt: NOW - 30 * DAY,
      expiresAt,
    })
    await archiveEnvelopes(database(), [envelope(1, NOW - 1), envelope(2, NOW + DAY)])
    const at = () => NOW + 2 * 3_600_000
    const all = await Promise.all([1, 2, 3].map(() => runTasks(TASK_NAMES, parts(), at)))
    for (const runs of all)
      expect(runs.map(({ task, failed }) => [task, failed])).toEqual(TASK_NAMES.map((task) => [task, false]))
    const copies = await restoreInbox(database(), account, { limit: 10, now: NOW - 2 * DAY })
    expect(copies.map(({ seq }) => seq)).toEqual([2])
    expect([await isStored(over), await isStored(kept)]).toEqual([false, true])
    expect([await findMedia(database(), over), (await findMedia(database(), kept))?.hours]).toEqual([undefined, 900])
    const again = await runTasks(['media', 'envelopes', 'usernames'], parts(), at)
    expect(again.map(({ done, isMore }) => [done, isMore])).toEqual([
      [0, false],
      [0, false],
      [0, false],
    ])
  })

  it('walk through the accounts a few at a time, once a week, or when somebody asks; one that fails keeps up nobody', async () => {
    await env.MEDIA.delete(DEVICE_WALK_PLACE)
    const members = await Promise.all(Array.from({ length: STEP_ACCOUNTS + 2 }, () => registeredMember()))
    // Other files register accounts at the same time, in the same database.
    const own = new Set(members.map(({ id }) => id))
    const looked: string[] = []
    const walk = async (now: number, isByHand = false) => {
      const look = (account: string) => {
        if (own.has(account)) looked.push(account)
        return account === members[0]?.id
          ? Promise.reject(new Error('away'))
          : Promise.resolve({ idle: 0, reminded: 0 })
      }
      // One step a run: each goes on where the one before stopped.
      for (let run = 0; run < 100; run += 1) {
        const [result] = await runTasks(['devices'], { ...parts(), lookAfterDevices: look, isByHand }, () => now, 1)
        expect(result?.failed).toBe(false)
        if (result?.isMore === false) return looked.splice(0)
      }
      throw new Error('the walk has no end')
    }
    const all = await walk(NOW)
    expect(all.toSorted()).toEqual([...own].toSorted())
    expect(await walk(NOW + 6 * DAY)).toEqual([])
    expect(await walk(NOW + 6 * DAY, true)).toEqual(all)
    expect(await walk(NOW + 14 * DAY)).toEqual(all)
    // A place that nobody understands: from the beginning.
    await env.MEDIA.put(DEVICE_WALK_PLACE, '{"after":3}')
    expect(await walk(NOW + 14 * DAY)).toEqual(all)
  })

  it('P-10: have a connected device reminded of its old keys by its account’s object', async () => {
    const member = await registeredMember()
    const client = await Client.open(member)
    await client.hello()
    await runInDurableObject(stubOf(member), (_, state) => {
      state.storage.sql.exec('UPDATE devices SET renewed_week = renewed_week - 2')
    })
    const lines: string[] = []
    vi.spyOn(console, 'info').mockImplementation((line: unknown) => void lines.push(String(line)))
    const [run] = await runScheduled(env, ['devices'])
    vi.restoreAllMocks()
    expect(run).toMatchObject({ task: 'devices', failed: false, isMore: false })
    await client.until(() => client.ofType('prekeysLow').length === 1)
    const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(told.filter(({ event, reminded }) => event === 'devices.lookedAfter' && reminded === 1)).toHaveLength(1)
    expect(lines.join('\n')).not.toContain(member.id)
  })

  it('that fail keep none of the others, and go on next time', async () => {
    const orphan = await storedObject({ isKnown: false })
    const broken: TaskBucket = { ...bucket, list: () => Promise.reject(new Error('away')) }
    const runs = await runTasks(['orphans', 'envelopes'], { ...parts(), bucket: broken }, () => NOW + 2 * DAY)
    expect(runs).toMatchObject([
      { task: 'orphans', failed: true, isMore: true },
      { task: 'envelopes', failed: false },
    ])
    await runTasks(['orphans'], parts(), () => NOW + 2 * DAY)
    expect(await isStored(orphan)).toBe(false)
  })

  it('run by the clock', async () => {
    const young = await storedObject({ isKnown: false })
    await env.MEDIA.delete(WALK_PLACE)
    await worker.scheduled(createScheduledController({ cron: '*/10 * * * *' }), env)
    // The walk came by, and left it.
    expect(await isStored(young)).toBe(true)
    expect(await (await env.MEDIA.get(WALK_PLACE))?.text()).toBe('')
  })

  it('run by hand, by whoever has the operator’s secret', async () => {
    const secret = { env: { OPERATOR_SECRET: 'o'.repeat(43) } }
    const ask = (body: unknown, token?: string, options: object = secret) =>
      call('POST', '/operator/tasks', body, { ...options, ...(token && { token }) })
    expect((await ask({}, 'o'.repeat(43), { env: { OPERATOR_SECRET: '' } })).body.error?.code).toBe('notFound')
    expect((await ask({}, 'p'.repeat(43))).body.error?.code).toBe('tokenInvalid')
    expect((await ask({})).body.error?.code).toBe('tokenInvalid')
    expect((await ask({ tasks: ['media', 'nonsense'] }, 'o'.repeat(43))).body.error?.code).toBe('malformed')
    const answer = await ask({ tasks: ['auditHeads'] }, 'o'.repeat(43))
    expect(answer.body).toMatchObject({ runs: [{ task: 'auditHeads', failed: false }] })
  })
})
