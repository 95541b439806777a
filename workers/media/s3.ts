/**
 * Addresses of the storage's S3 interface, signed (AWS Signature Version 4, by query) so that whoever has one can do that
 * one thing for a while. Nothing here makes a request.
 */

import { AwsV4Signer } from 'aws4fetch'

/** Below which media stand in the bucket: each under its name. */
export const MEDIA_FOLDER = 'media/'

export interface S3Settings {
  /** Base address without a slash at its end: `https://….r2.cloudflarestorage.com`. */
  readonly endpoint: string
  readonly bucket: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface Presigned {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  readonly key: string
  readonly query?: Readonly<Record<string, string>>
  /** The request has to have a body of exactly so many octets. */
  readonly contentLength?: number
  readonly seconds: number
  /** When it is signed: milliseconds since the epoch. */
  readonly now: number
}

/** Signing keys of days, derived from the secret. */
const signingKeys = new Map<string, ArrayBuffer>()

export async function presign(settings: S3Settings, wanted: Presigned): Promise<string> {
  const { endpoint, bucket, accessKeyId, secretAccessKey } = settings
  const { method, key, query = {}, contentLength, seconds, now } = wanted
  const url = new URL(`${endpoint}/${bucket}/${key}`)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  url.searchParams.set('X-Amz-Expires', String(seconds))
  const signer = new AwsV4Signer({
    method,
    url: url.href,
    ...(contentLength === undefined ? {} : { headers: { 'content-length': String(contentLength) } }),
    accessKeyId,
    secretAccessKey,
    service: 's3',
    region: 'auto',
    cache: signingKeys,
    datetime: new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    signQuery: true,
    // Also those that proxies may change, such as the length: here it is the point.
    allHeaders: true,
  })
  if (signingKeys.size > 8) signingKeys.clear()
  return (await signer.sign()).url.href
}
