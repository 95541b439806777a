/**
 * Deletes objects whose time is over, uploads that nobody completed, and tokens that count no more. One run does a bounded
 * piece, and can be ended anywhere: the next one finds what is left. Runs at the same time do no harm to one another.
 */

import type { Database } from '#db/client.ts'
import { deleteExpiredMedia, expiredMedia, forgetSpentTokens } from '#db/queries/media.ts'
import { issuingKeyId } from '#protocol/token-wire.ts'
import { toBase64url } from '#protocol/bytes.ts'
import { MEDIA_FOLDER } from '../media/s3.ts'

/** What is over is refused at once, and deleted this much later: requests that were let in just before are done by then. */
const GRACE_MS = 5 * 60_000

/** Most that one call deletes of each kind; R2 takes 1,000 keys in one deletion. */
export const SWEEP_LIMIT = 500

/** The storage. Neither fails for what is not there. */
export interface SweptBucket {
  delete(keys: string[]): Promise<void>
  abort(key: string, uploadId: string): Promise<void>
}

export interface Swept {
  /** Objects and uploads that were deleted. */
  readonly ended: number
  /** Tokens that were forgotten. */
  readonly tokens: number
  /** There may be more: run it again. */
  readonly isMore: boolean
}

/** @param now milliseconds since the epoch */
export async function sweepMedia(
  { database, bucket }: { readonly database: Database; readonly bucket: SweptBucket },
  now: number,
  limit: number = SWEEP_LIMIT,
): Promise<Swept> {
  const moment = now - GRACE_MS
  const expired = await expiredMedia(database, moment, limit)
  const keys = expired.map(({ name }) => MEDIA_FOLDER + toBase64url(name))
  // The storage first: a row that is left leads to it again, an object that is left would be found by nobody.
  await Promise.all(
    expired.map(async ({ uploadId }, at) => uploadId !== null && bucket.abort(keys[at] ?? '', uploadId)),
  )
  if (keys.length > 0) await bucket.delete(keys)
  const names = expired.map(({ name }) => name)
  const ended = await deleteExpiredMedia(database, names, moment)
  const tokens = await forgetSpentTokens(database, issuingKeyId(now) - 2, limit)
  return { ended, tokens, isMore: expired.length === limit || tokens === limit }
}
