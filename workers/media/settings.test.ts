import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { clientHeaders } from '../http/headers.ts'
import { presign } from './s3.ts'
import { MediaVariables, mediaSettings, withoutEmpty } from './settings.ts'

const ALL = {
  MEDIA_S3_ENDPOINT: 'https://account.r2.test/',
  MEDIA_S3_BUCKET: 'bucket',
  MEDIA_S3_ACCESS_KEY_ID: 'id',
  MEDIA_S3_SECRET_ACCESS_KEY: 'key',
}
const read = (env: object) => mediaSettings(v.parse(MediaVariables, withoutEmpty(env)))

describe('the storage of media', () => {
  it('is configured as a whole or not at all', () => {
    const storage = { endpoint: 'https://account.r2.test', bucket: 'bucket', accessKeyId: 'id', secretAccessKey: 'key' }
    expect(read(ALL)).toEqual(storage)
    expect(read({ ...ALL, MEDIA_S3_ENDPOINT: '/cdn-cgi/local/r2/s3' })).toEqual({
      ...storage,
      endpoint: '/cdn-cgi/local/r2/s3',
    })
    expect(read({ MEDIA_S3_ENDPOINT: '', MEDIA_S3_BUCKET: 'bucket' })).toBeUndefined()
    expect(read({ ...ALL, MEDIA_S3_SECRET_ACCESS_KEY: '' })).toEqual({ missing: ['MEDIA_S3_SECRET_ACCESS_KEY'] })
    for (const MEDIA_S3_ENDPOINT of ['account.r2.test', 'ftp://r2.test', 'https://r2.test/?a=b']) {
      expect(v.is(MediaVariables, { ...ALL, MEDIA_S3_ENDPOINT })).toBe(false)
    }
  })

  it('is where pages may go besides the own origin, and nothing else is', () => {
    const policy = clientHeaders('https://account.r2.test')['content-security-policy']
    expect(policy).toContain("connect-src 'self' ws: wss: https://account.r2.test;")
    expect(policy.match(/https?:/g)).toHaveLength(1)
    expect(clientHeaders(undefined)['content-security-policy']).toContain("connect-src 'self' ws: wss:;")
  })

  it('is given addresses that say their time, their octets and no secret', async () => {
    const storage = { endpoint: 'https://s3.test', bucket: 'b', accessKeyId: 'id', secretAccessKey: 'hush' }
    const wanted = { method: 'PUT', key: 'media/x', seconds: 60, now: Date.UTC(2026, 0, 2, 3, 4, 5, 678) } as const
    const url = new URL(await presign(storage, { ...wanted, contentLength: 5 }))
    expect(url.origin + url.pathname).toBe('https://s3.test/b/media/x')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      'X-Amz-Date': '20260102T030405Z',
      'X-Amz-Expires': '60',
      'X-Amz-Credential': 'id/20260102/auto/s3/aws4_request',
      'X-Amz-SignedHeaders': 'content-length;host',
    })
    expect(url.href).not.toContain('hush')
    const signatures = await Promise.all(
      [{}, { contentLength: 5 }, { contentLength: 6 }, { key: 'media/y' }, { method: 'GET' as const }].map(
        async (more) => new URL(await presign(storage, { ...wanted, ...more })).searchParams.get('X-Amz-Signature'),
      ),
    )
    expect(new Set(signatures).size).toBe(signatures.length)
  })
})
