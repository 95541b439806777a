/**
 * The rules of objects and uploads. They know no account. The storage's binding makes, completes and deletes; what moves
 * octets is addresses that clients use themselves.
 */

import type { Database } from '#db/client.ts'
import {
  type MediaObject,
  type SpentMediaToken,
  beginMedia,
  completeMedia,
  deleteMedia,
  findMedia,
  renewMedia,
  toFullHour,
} from '#db/queries/media.ts'
import { equalBytes, fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { mediaName, releaseVerifier } from '#protocol/media/object.ts'
import { partCount, partSize } from '#protocol/media/sizes.ts'
import { Failure } from '../http/failure.ts'
import { MEDIA_FOLDER, type S3Settings, presign } from './s3.ts'

export interface MediaDeps {
  readonly database: Database
  readonly bucket: R2Bucket
  readonly storage: S3Settings
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Where the parts of an upload are put, or that it is one no more. */
type Upload =
  | { readonly state: 'complete' }
  | { readonly state: 'uploading'; readonly parts: { part: number; url: string }[]; readonly until: number }

interface Owned {
  /** base64url, as all octets of requests. */
  readonly name: string
  readonly release: string
}

const keyOf = (name: string): string => `${MEDIA_FOLDER}${name}`

/** The storage did not do what it was asked to. Keeps the cause for the log. */
class StorageError extends Failure {
  constructor(cause: unknown) {
    super('mediaUnavailable')
    this.cause = cause
  }
}

async function ofStorage<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new StorageError(error)
  }
}

/** Begins an upload. @param spent the tokens that pay for it, verified for this name */
export async function createUpload(
  deps: MediaDeps,
  upload: Owned & { readonly bytes: number; readonly hours: number },
  spent: () => readonly SpentMediaToken[],
): Promise<Upload> {
  const { database, bucket, now } = deps
  const { name, release, bytes, hours } = upload
  const verifier = fromBase64url(releaseVerifier(release))
  const known = await findMedia(database, fromBase64url(name))
  if (known !== undefined) {
    if (!equalBytes(known.releaseVerifier, verifier)) throw new Failure('mediaTaken')
    if (known.expiresAt > now) {
      if (known.bytes !== bytes) throw new Failure('mediaTaken')
      return uploadOf(deps, known, everyPart(bytes))
    }
    // Nobody looked yet since its day was over: it begins anew.
    await end(deps, known)
  }
  const tokens = spent()
  const httpMetadata = { contentType: 'application/octet-stream' }
  const { uploadId } = await ofStorage(bucket.createMultipartUpload(keyOf(name), { httpMetadata }))
  const row: MediaObject = {
    name: fromBase64url(name),
    bytes,
    uploadId,
    releaseVerifier: verifier,
    hours,
    expiresAt: toFullHour(now + LIMITS.mediaUploadTtl),
  }
  const begun = await beginMedia(database, row, tokens)
  if (begun === 'begun') return uploadOf(deps, row, everyPart(bytes))
  // Not recorded: the storage forgets it by itself after a week, should this fail.
  await abort(bucket, name, uploadId).catch(() => undefined)
  if (begun === 'tokenSpent') throw new Failure('mediaTokenInvalid')
  // The same request, twice at once: the other one has begun it.
  const other = await findMedia(database, row.name)
  if (other === undefined || !equalBytes(other.releaseVerifier, verifier) || other.bytes !== bytes) {
    throw new Failure('mediaTaken')
  }
  return uploadOf(deps, other, everyPart(bytes))
}

/** New addresses for some parts of an upload. */
export async function resumeUpload(deps: MediaDeps, owned: Owned, parts: readonly number[]): Promise<Upload> {
  const upload = await ownedBy(deps, owned)
  const most = partCount(upload.bytes)
  return uploadOf(
    deps,
    upload,
    parts.filter((part) => part <= most),
  )
}

/** Makes an object of an upload. Answers until when it is kept. @param etags of all parts, in order */
export async function completeUpload(deps: MediaDeps, owned: Owned, etags: readonly string[]): Promise<number> {
  const { database, bucket, now } = deps
  const upload = await ownedBy(deps, owned)
  if (upload.uploadId === null) return upload.expiresAt
  if (etags.length !== partCount(upload.bytes)) throw new Failure('mediaIncomplete')
  const parts = etags.map((etag, at) => ({ partNumber: at + 1, etag }))
  const object = await joined(bucket, owned.name, upload.uploadId, parts)
  if (object?.size !== upload.bytes) {
    await end(deps, upload)
    throw new Failure('mediaIncomplete')
  }
  const until = await completeMedia(database, upload.name, now)
  if (until !== undefined) return until
  // Somebody else was faster: the same request, or the one that ends it.
  const { expiresAt } = await ownedBy(deps, owned)
  return expiresAt
}

/** Where an object can be fetched. Not looked up: only its capability leads to its name, and the storage knows what is there. */
export async function fetchUrl({ storage, now }: MediaDeps, object: string): Promise<{ url: string; until: number }> {
  const seconds = RELAY_LIMITS.mediaFetchUrlTtl / 1_000
  const url = await presign(storage, { method: 'GET', key: keyOf(mediaName(object)), seconds, now })
  return { url, until: now + RELAY_LIMITS.mediaFetchUrlTtl }
}

/** Keeps an object for longer. @param spent as for {@link createUpload}, of the octets that it has */
export async function renew(
  { database, now }: MediaDeps,
  object: string,
  spent: (bytes: number) => readonly SpentMediaToken[],
): Promise<number> {
  const name = fromBase64url(mediaName(object))
  const known = await findMedia(database, name)
  // One whose time is over may be on its way out, though it is still there.
  if (known === undefined || known.uploadId !== null || known.expiresAt <= now) throw new Failure('mediaNotFound')
  const until = toFullHour(now + LIMITS.mediaTtl)
  if ((await renewMedia(database, name, until, spent(known.bytes))) === 'tokenSpent') {
    throw new Failure('mediaTokenInvalid')
  }
  return Math.max(until, known.expiresAt)
}

/** Ends an object, or an upload. What is not there is ended. */
export async function endMedia(deps: MediaDeps, { name, release }: Owned): Promise<void> {
  const known = await findMedia(deps.database, fromBase64url(name))
  if (known === undefined) return
  if (!isReleasedBy(known, release)) throw new Failure('mediaNotFound')
  await end(deps, known)
}

function isReleasedBy({ releaseVerifier: verifier }: MediaObject, release: string): boolean {
  return equalBytes(verifier, fromBase64url(releaseVerifier(release)))
}

async function ownedBy({ database, now }: MediaDeps, { name, release }: Owned): Promise<MediaObject> {
  const known = await findMedia(database, fromBase64url(name))
  if (known === undefined || known.expiresAt <= now || !isReleasedBy(known, release)) throw new Failure('mediaNotFound')
  return known
}

const everyPart = (bytes: number): number[] => Array.from({ length: partCount(bytes) }, (_, at) => at + 1)

async function uploadOf(
  { storage, now }: MediaDeps,
  { name, bytes, uploadId }: MediaObject,
  wanted: readonly number[],
): Promise<Upload> {
  if (uploadId === null) return { state: 'complete' }
  const seconds = RELAY_LIMITS.mediaUploadUrlTtl / 1_000
  const key = keyOf(toBase64url(name))
  const parts = wanted.map(async (part) => {
    const query = { partNumber: String(part), uploadId }
    const contentLength = partSize(bytes, part)
    return { part, url: await presign(storage, { method: 'PUT', key, query, contentLength, seconds, now }) }
  })
  return { state: 'uploading', parts: await Promise.all(parts), until: now + RELAY_LIMITS.mediaUploadUrlTtl }
}

/** R2 says what was wrong by a number at the end of the error's text: these are the client's fault, and final. */
const PARTS_WRONG = /\((10011|10024|10025|10048)\)/

/** The object of these parts; `undefined` when they make none. */
async function joined(
  bucket: R2Bucket,
  name: string,
  uploadId: string,
  parts: { partNumber: number; etag: string }[],
): Promise<R2Object | undefined> {
  try {
    return await bucket.resumeMultipartUpload(keyOf(name), uploadId).complete(parts)
  } catch (error) {
    // It may have been made by an earlier request whose answer was lost.
    const object = await ofStorage(bucket.head(keyOf(name)))
    if (object !== null) return object
    if (PARTS_WRONG.test((error as Error).message)) return undefined
    throw new StorageError(error)
  }
}

async function end({ database, bucket }: MediaDeps, { name, uploadId }: MediaObject): Promise<void> {
  const key = toBase64url(name)
  if (uploadId !== null) await abort(bucket, key, uploadId)
  // Of an upload too: it may have been completed, and that not been recorded.
  await ofStorage(bucket.delete(keyOf(key)))
  await deleteMedia(database, name)
}

/** Drops an upload's parts. One that is not there any more is as good. */
async function abort(bucket: R2Bucket, name: string, uploadId: string): Promise<void> {
  try {
    await bucket.resumeMultipartUpload(keyOf(name), uploadId).abort()
  } catch (error) {
    if (!PARTS_WRONG.test((error as Error).message)) throw new StorageError(error)
  }
}
