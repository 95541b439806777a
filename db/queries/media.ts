import type { BatchItem } from 'drizzle-orm/batch'
import { and, asc, eq, inArray, isNull, lte, sql } from 'drizzle-orm'
import { toBase64url } from '#protocol/bytes.ts'
import type { Database, Statements } from '../client.ts'
import { violatedUnique } from '../errors.ts'
import { mediaObjects, mediaSpentTokens } from '../schema/media.ts'

/** Milliseconds. */
const HOUR = 60 * 60_000

export interface MediaObject {
  /** 32 octets. */
  readonly name: Uint8Array
  readonly bytes: number
  /** Null once it is complete. */
  readonly uploadId: string | null
  /** 32 octets. */
  readonly releaseVerifier: Uint8Array
  readonly hours: number
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface SpentMediaToken {
  /** 16 octets. */
  readonly hash: Uint8Array
  readonly keyId: number
}

/** A moment that does not tell when somebody did something: the next full hour. */
export function toFullHour(at: number): number {
  return Math.ceil(at / HOUR) * HOUR
}

/** An object, or an upload; also one whose time is over, until somebody deletes it. */
export async function findMedia(db: Database, name: Uint8Array): Promise<MediaObject | undefined> {
  const [row] = await db.run((statements) =>
    statements.select().from(mediaObjects).where(eq(mediaObjects.name, name)).limit(1),
  )
  return row
}

/** Records an upload and the tokens that pay for it: both or neither. */
export function beginMedia(
  db: Database,
  upload: MediaObject,
  tokens: readonly SpentMediaToken[],
): Promise<'begun' | 'tokenSpent' | 'taken'> {
  return spending(db, tokens, (statements) => statements.insert(mediaObjects).values(upload))
}

/** The upload has become an object, which is kept for its time from now. `undefined` when it is no upload any more. */
export async function completeMedia(db: Database, name: Uint8Array, now: number): Promise<number | undefined> {
  const [row] = await db.run((statements) =>
    statements
      .update(mediaObjects)
      .set({
        uploadId: null,
        expiresAt: sql`${sql.param(toFullHour(now), mediaObjects.expiresAt)}::timestamptz + ${mediaObjects.hours} * interval '1 hour'`,
      })
      .where(and(eq(mediaObjects.name, name), sql`${mediaObjects.uploadId} is not null`))
      .returning({ expiresAt: mediaObjects.expiresAt }),
  )
  return row?.expiresAt
}

/** Keeps an object until then, unless it is kept for longer already. Of one that is gone the tokens are spent nevertheless. */
export function renewMedia(
  db: Database,
  name: Uint8Array,
  until: number,
  tokens: readonly SpentMediaToken[],
): Promise<'begun' | 'tokenSpent' | 'taken'> {
  const { expiresAt } = mediaObjects
  return spending(db, tokens, (statements) =>
    statements
      .update(mediaObjects)
      .set({ expiresAt: sql`greatest(${expiresAt}, ${sql.param(until, expiresAt)}::timestamptz)` })
      .where(and(eq(mediaObjects.name, name), isNull(mediaObjects.uploadId))),
  )
}

/** Forgets an object, or an upload; whether there was one. */
export async function deleteMedia(db: Database, name: Uint8Array): Promise<boolean> {
  const result = await db.run((statements) => statements.delete(mediaObjects).where(eq(mediaObjects.name, name)))
  return result.rowCount > 0
}

/** At most `limit` objects and uploads whose time was over at `moment`, those that have waited longest first. */
export function expiredMedia(
  db: Database,
  moment: number,
  limit: number,
): Promise<{ name: Uint8Array; uploadId: string | null }[]> {
  const { name, uploadId, expiresAt } = mediaObjects
  return db.run((statements) =>
    statements
      .select({ name, uploadId })
      .from(mediaObjects)
      .where(lte(expiresAt, moment))
      .orderBy(asc(expiresAt))
      .limit(limit),
  )
}

/** Which of these the database has, as base64url. */
export async function knownMedia(db: Database, names: readonly Uint8Array[]): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set()
  const rows = await db.run((statements) =>
    statements
      .select({ name: mediaObjects.name })
      .from(mediaObjects)
      .where(inArray(mediaObjects.name, [...names])),
  )
  return new Set(rows.map(({ name }) => toBase64url(name)))
}

/** Forgets those of these whose time was over at `moment`. */
export async function deleteExpiredMedia(db: Database, names: readonly Uint8Array[], moment: number): Promise<number> {
  if (names.length === 0) return 0
  const result = await db.run((statements) =>
    statements
      .delete(mediaObjects)
      .where(and(inArray(mediaObjects.name, [...names]), lte(mediaObjects.expiresAt, moment))),
  )
  return result.rowCount
}

/** Forgets at most `limit` tokens of keys up to this one; returns their number. */
export async function forgetSpentTokens(db: Database, upToKey: number, limit: number): Promise<number> {
  const result = await db.run((statements) => {
    const old = statements
      .select({ ctid: sql`ctid` })
      .from(mediaSpentTokens)
      .where(lte(mediaSpentTokens.keyId, upToKey))
      .limit(limit)
    return statements.delete(mediaSpentTokens).where(sql`ctid = any(array(${old}))`)
  })
  return result.rowCount
}

/** A statement, and the tokens that pay for it, in one transaction. The constraints decide. */
async function spending(
  db: Database,
  tokens: readonly SpentMediaToken[],
  statement: (statements: Statements) => BatchItem<'pg'>,
): Promise<'begun' | 'tokenSpent' | 'taken'> {
  try {
    await db.run((statements) =>
      statements.batch([statements.insert(mediaSpentTokens).values([...tokens]), statement(statements)]),
    )
    return 'begun'
  } catch (error) {
    const unique = violatedUnique(error)
    if (unique === 'media_spent_tokens_pkey') return 'tokenSpent'
    if (unique === 'media_objects_pkey') return 'taken'
    throw error
  }
}
