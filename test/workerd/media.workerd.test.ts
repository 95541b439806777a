import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '#db/client.ts'
import { findMedia } from '#db/queries/media.ts'
import { RATES } from '#durable-objects/rates/table.ts'
import type { BlindToken } from '#protocol/blind-tokens.ts'
import type { TokenPublicKey } from '#protocol/token-wire.ts'
import { fromBase64url, randomBytes, toBase64url } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'
import { mediaName } from '#protocol/media/object.ts'
import { partSize, sealedSize, tokensFor } from '#protocol/media/sizes.ts'
import { mediaTokens } from '#protocol/media/tokens.ts'
import { MEDIA_FOLDER } from '#workers/media/s3.ts'
import { type SweptBucket, sweepMedia } from '#workers/scheduler/media-sweep.ts'
import { type Answer, type CallOptions, call, registeredMember, tokenOf } from './edge-client.ts'

const DAY = 24 * 60 * 60_000
const database = () => openDatabase({ url: env.DATABASE_URL, fetchEndpoint: env.DATABASE_HTTP_ENDPOINT })
const secret = () => toBase64url(randomBytes(32))
const post = (path: string, body: unknown, options?: CallOptions) => call('POST', `/v1/media/${path}`, body, options)
const codeOf = (answer: Answer) => answer.body.error?.code

async function publishedKeys(): Promise<TokenPublicKey[]> {
  const { body } = await call('GET', '/v1/configuration')
  return (body as unknown as { media: { tokenKeys: TokenPublicKey[] } }).media.tokenKeys
}

/** Tokens of an account, as its client takes them. */
async function takeTokens(count: number, token: string): Promise<BlindToken[]> {
  const pending = mediaTokens.prepare(count)
  const { body } = await post('tokens', { blinded: pending.map(({ blinded }) => blinded) }, { token })
  const answer = body as unknown as Parameters<typeof mediaTokens.finish>[2]
  const key = (await publishedKeys()).find(({ id }) => id === answer.keyId)
  return (key && mediaTokens.finish(pending, key, answer)) ?? expect.fail(JSON.stringify(body))
}

const reader = async () => tokenOf(await registeredMember())

interface Upload {
  readonly object: string
  readonly name: string
  readonly release: string
  readonly bytes: number
  readonly hours: number
  readonly tokens: object[]
}

/** What a client asks with in order to store a file of this size. */
async function upload(size: number, more: Partial<Upload> = {}): Promise<Upload> {
  const object = secret()
  const name = mediaName(object)
  const bytes = sealedSize(size)
  const tokens = more.tokens ?? (await takeTokens(tokensFor(bytes), await reader()))
  const spent = tokens.map((token) => ('secret' in token ? mediaTokens.credential(token as BlindToken, name) : token))
  return { object, name, release: secret(), bytes, hours: 720, ...more, tokens: spent }
}

const create = ({ name, release, bytes, hours, tokens }: Upload) =>
  post('uploads', { name, release, bytes, hours, tokens })

interface Created {
  readonly state: string
  readonly parts: { readonly part: number; readonly url: string }[]
}

/** Puts the parts where their addresses say, by the binding: this runtime does not reach its own S3 interface. */
async function put({ name, bytes }: Upload, created: Created, octet = 7): Promise<string[]> {
  return Promise.all(
    created.parts.map(async ({ part, url }) => {
      const uploadId = new URL(url).searchParams.get('uploadId') ?? ''
      const pending = env.MEDIA.resumeMultipartUpload(MEDIA_FOLDER + name, uploadId)
      return (await pending.uploadPart(part, new Uint8Array(partSize(bytes, part)).fill(octet))).etag
    }),
  )
}

async function stored(size = 1): Promise<Upload> {
  const wanted = await upload(size)
  const { body } = await create(wanted)
  const etags = await put(wanted, body as unknown as Created)
  const done = await post('uploads/complete', { name: wanted.name, release: wanted.release, etags })
  expect(done.status).toBe(200)
  return wanted
}

describe('media tokens', () => {
  it('MD-5: are evaluated for accounts under the keys that everybody is told, and are limited for each', async () => {
    const token = await reader()
    const [first] = await takeTokens(1, token)
    expect(first?.keyId).toBe((await publishedKeys())[0]?.id)
    // The identity, which is refused: but it was asked for, and that is counted.
    const most = { blinded: Array.from({ length: LIMITS.tokensPerRequest }, () => toBase64url(new Uint8Array(32))) }
    expect(codeOf(await post('tokens', most))).toBe('tokenMissing')
    const codes: (string | undefined)[] = []
    for (let taken = 1; taken < RATES.mediaTokensPerAccount.burst; taken += LIMITS.tokensPerRequest) {
      codes.push(codeOf(await post('tokens', most, { token })))
    }
    expect(codes).toEqual([...codes.slice(1).map(() => 'malformed'), 'rateLimited'])
  })
})

describe('uploads', () => {
  it('MD-8, MD-10, MD-12: a file in parts becomes an object that its capability fetches; each call can be repeated', async () => {
    const wanted = await upload(LIMITS.mediaPartBytes + 100)
    const first = await create(wanted)
    expect(first).toMatchObject({ status: 200, body: { state: 'uploading' } })
    const created = first.body as unknown as Created
    expect(created.parts.map(({ part }) => part)).toEqual([1, 2])
    const url = new URL(created.parts[1]?.url ?? '')
    expect(url.href).toMatch(/^https:\/\/storage\.test\/silentrelay-media\/media\//)
    expect(url.pathname.endsWith(wanted.name)).toBe(true)
    expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;host')
    expect(url.searchParams.get('X-Amz-Expires')).toBe('3600')
    // Nothing that fetches it, or ends it, stands in an address.
    for (const hidden of [wanted.object, wanted.release]) expect(url.href).not.toContain(hidden)

    const again = (await create(wanted)).body as unknown as Created
    expect(again.parts).toHaveLength(2)
    const owned = { name: wanted.name, release: wanted.release }
    const resumed = await post('uploads/resume', { ...owned, parts: [2, 9] })
    expect(resumed.body).toMatchObject({ state: 'uploading', parts: [{ part: 2 }] })

    const etags = await put(wanted, created)
    const before = Date.now()
    const done = await post('uploads/complete', { ...owned, etags })
    const expiresAt = Number(done.body['expiresAt'])
    expect(expiresAt).toBeGreaterThanOrEqual(before + 30 * DAY)
    expect(expiresAt % (60 * 60_000)).toBe(0)
    expect((await post('uploads/complete', { ...owned, etags })).body).toEqual({ expiresAt })
    expect((await create(wanted)).body).toEqual({ state: 'complete' })
    expect((await post('uploads/resume', { ...owned, parts: [1] })).body).toEqual({ state: 'complete' })
    expect((await env.MEDIA.head(MEDIA_FOLDER + wanted.name))?.size).toBe(wanted.bytes)

    const fetched = await post('fetch', { object: wanted.object })
    expect(String(fetched.body['url'])).toContain(`/media/${wanted.name}?`)
    expect(new URL(String(fetched.body['url'])).searchParams.get('X-Amz-Expires')).toBe('900')
  })

  it('MD-6: takes tokens that are enough, for this object, and unspent; of refused ones none is spent', async () => {
    const wanted = await upload(1)
    const [token] = wanted.tokens
    const two = { ...wanted, tokens: [...wanted.tokens, ...(await upload(1)).tokens] }
    expect(codeOf(await create(two))).toBe('mediaTokenInvalid')
    expect(codeOf(await create({ ...wanted, bytes: sealedSize(LIMITS.mediaTokenBytes) }))).toBe('mediaTokenInvalid')
    expect(codeOf(await create({ ...wanted, name: secret() }))).toBe('mediaTokenInvalid')
    expect(codeOf(await create({ ...wanted, tokens: [{ ...token, nonce: secret() }] }))).toBe('mediaTokenInvalid')
    expect((await create(wanted)).status).toBe(200)
    // Spent, once it has been for an object that has ended.
    await post('delete', { name: wanted.name, release: wanted.release })
    expect(codeOf(await create(wanted))).toBe('mediaTokenInvalid')
  })

  it('MD-8, MD-9: belong to whoever has the release', async () => {
    const wanted = await upload(1)
    await create(wanted)
    expect(codeOf(await create({ ...wanted, release: secret() }))).toBe('mediaTaken')
    expect(codeOf(await create({ ...wanted, bytes: sealedSize(20_000) }))).toBe('mediaTaken')
    const asked = { 'uploads/resume': { parts: [1] }, 'uploads/complete': { etags: ['AAAA'] }, delete: {} }
    for (const [path, more] of Object.entries(asked)) {
      expect(codeOf(await post(path, { name: wanted.name, release: secret(), ...more }))).toBe('mediaNotFound')
    }
  })

  it('MD-10: of other octets than announced, or with parts that are none, become nothing', async () => {
    const wanted = await upload(1)
    const created = (await create(wanted)).body as unknown as Created
    const owned = { name: wanted.name, release: wanted.release }
    const uploadId = new URL(created.parts[0]?.url ?? '').searchParams.get('uploadId') ?? ''
    const pending = env.MEDIA.resumeMultipartUpload(MEDIA_FOLDER + wanted.name, uploadId)
    const { etag } = await pending.uploadPart(1, new Uint8Array(wanted.bytes - 1))
    expect(codeOf(await post('uploads/complete', { ...owned, etags: [etag, etag] }))).toBe('mediaIncomplete')
    expect(codeOf(await post('uploads/complete', { ...owned, etags: [etag] }))).toBe('mediaIncomplete')
    expect(await env.MEDIA.head(MEDIA_FOLDER + wanted.name)).toBeNull()
    expect(codeOf(await post('uploads/resume', { ...owned, parts: [1] }))).toBe('mediaNotFound')

    const other = await upload(1)
    await create(other)
    const none = { name: other.name, release: other.release, etags: ['AAAA'] }
    expect(codeOf(await post('uploads/complete', none))).toBe('mediaIncomplete')
    expect(codeOf(await post('uploads/complete', none))).toBe('mediaNotFound')
  })

  it('a completion whose answer got lost before it was recorded is found again', async () => {
    const wanted = await upload(1)
    const created = (await create(wanted)).body as unknown as Created
    const etags = await put(wanted, created)
    const uploadId = new URL(created.parts[0]?.url ?? '').searchParams.get('uploadId') ?? ''
    const pending = env.MEDIA.resumeMultipartUpload(MEDIA_FOLDER + wanted.name, uploadId)
    await pending.complete(etags.map((etag, at) => ({ partNumber: at + 1, etag })))
    const done = await post('uploads/complete', { name: wanted.name, release: wanted.release, etags })
    expect(done.status).toBe(200)
  })
})

describe('objects', () => {
  it('MD-12: are renewed for as many tokens as storing them takes', async () => {
    const wanted = await stored()
    const tokens = (await takeTokens(2, await reader())).map((token) => mediaTokens.credential(token, wanted.name))
    const renew = (some: object[]) => post('renew', { object: wanted.object, tokens: some })
    expect(codeOf(await renew(tokens))).toBe('mediaTokenInvalid')
    expect((await renew(tokens.slice(1))).status).toBe(200)
    expect(codeOf(await renew(tokens.slice(1)))).toBe('mediaTokenInvalid')
    expect(codeOf(await post('renew', { object: secret(), tokens }))).toBe('mediaNotFound')
  })

  it('MD-13: end by their release, and nothing is left of them', async () => {
    const wanted = await stored()
    const owned = { name: wanted.name, release: wanted.release }
    for (let turn = 0; turn < 2; turn += 1) expect((await post('delete', owned)).body).toEqual({})
    expect(await env.MEDIA.head(MEDIA_FOLDER + wanted.name)).toBeNull()
    expect(await findMedia(database(), fromBase64url(wanted.name))).toBeUndefined()
  })

  it('MD-11: and uploads whose time is over are swept, a few at a time; the others stay', async () => {
    const swept: SweptBucket = {
      delete: (keys) => env.MEDIA.delete(keys),
      abort: (key, uploadId) => env.MEDIA.resumeMultipartUpload(key, uploadId).abort(),
    }
    const object = await stored()
    const unfinished = await upload(1)
    await create(unfinished)
    const rowOf = ({ name }: Upload) => findMedia(database(), fromBase64url(name))
    const sweep = async (days: number) => {
      for (let isMore = true; isMore;) {
        isMore = (await sweepMedia({ database: database(), bucket: swept }, Date.now() + days * DAY, 3)).isMore
      }
    }
    await sweep(0)
    expect([await rowOf(object), await rowOf(unfinished)]).not.toContain(undefined)
    await sweep(2)
    expect(await rowOf(unfinished)).toBeUndefined()
    expect(await rowOf(object)).toBeDefined()
    await sweep(32)
    expect(await rowOf(object)).toBeUndefined()
    expect(await env.MEDIA.head(MEDIA_FOLDER + object.name)).toBeNull()
  })
})

describe('a deployment', () => {
  it('without a storage of media offers none', async () => {
    const without = { MEDIA_S3_ENDPOINT: '', MEDIA_S3_ACCESS_KEY_ID: '', MEDIA_S3_SECRET_ACCESS_KEY: '' }
    const { body } = await call('GET', '/v1/configuration', undefined, { env: without })
    expect(body).not.toHaveProperty('media')
    expect(codeOf(await post('fetch', { object: secret() }, { env: without }))).toBe('mediaNotOffered')
    const half = await call('GET', '/v1/configuration', undefined, { env: { MEDIA_S3_ACCESS_KEY_ID: '' } })
    expect(codeOf(half)).toBe('internal')
  })
})
