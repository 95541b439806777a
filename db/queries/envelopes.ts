import { and, asc, eq, getTableColumns, gt, inArray, lt, lte, ne, notInArray, or, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { ARCHIVE_MAX_BODY_CHARS, ARCHIVE_MAX_ROWS } from '../limits.ts'
import { archivedEnvelopes } from '../schema/archived-envelopes.ts'

export type ArchivedEnvelope = typeof archivedEnvelopes.$inferSelect

/** Where a page ended. */
export interface ArchiveKey {
  incarnation: string
  device: number
  seq: number
}

/** What one device has acknowledged: everything up to `upTo`, and these above it. */
export interface DeviceAcknowledgement {
  device: number
  upTo: number
  also?: readonly number[] | undefined
}

const COLUMNS = Object.entries(getTableColumns(archivedEnvelopes))
const COLUMN_NAMES = sql.join(
  COLUMNS.map(([, { name }]) => sql.identifier(name)),
  sql`, `,
)
const COLUMN_DEFINITIONS = sql.join(
  COLUMNS.map(([, column]) => sql`${sql.identifier(column.name)} ${sql.raw(column.getSQLType())}`),
  sql`, `,
)

function asRecord(row: ArchivedEnvelope): Record<string, unknown> {
  return Object.fromEntries(
    COLUMNS.map(([key, column]) => {
      const value = row[key as keyof ArchivedEnvelope]
      return [column.name, value === null ? null : column.mapToDriverValue(value)]
    }),
  )
}

/**
 * Copies envelopes into the archive. A row that is there already is left as it is, so a batch may be sent again when its
 * outcome is unknown. Throws `RangeError` beyond {@link ARCHIVE_MAX_ROWS} or {@link ARCHIVE_MAX_BODY_CHARS}.
 */
export async function archiveEnvelopes(db: Database, rows: readonly ArchivedEnvelope[]): Promise<void> {
  if (rows.length === 0) return
  if (rows.length > ARCHIVE_MAX_ROWS) throw new RangeError(`${rows.length} rows in one archive batch`)
  const bodyChars = rows.reduce((sum, row) => sum + row.body.length, 0)
  if (bodyChars > ARCHIVE_MAX_BODY_CHARS) throw new RangeError(`${bodyChars} characters in one archive batch`)
  // One parameter for all rows. With one for each value, a full batch of 1,400-character bodies costs the caller 46 ms of
  // CPU instead of 11 (Node 24, two cores), in which the object that drains its inbox serves nobody.
  const records = JSON.stringify(rows.map(asRecord))
  await db.run((statements) =>
    statements.execute(sql`
      insert into ${archivedEnvelopes} (${COLUMN_NAMES})
      select * from json_to_recordset(${records}::json) as row (${COLUMN_DEFINITIONS})
      on conflict do nothing`),
  )
}

/** Deletes what the devices have acknowledged; returns the number of rows. */
export async function deleteArchived(
  db: Database,
  account: string,
  incarnation: string,
  acknowledged: readonly DeviceAcknowledgement[],
): Promise<number> {
  if (acknowledged.length === 0) return 0
  const { device, seq } = archivedEnvelopes
  const covered = acknowledged.map((ack) =>
    and(eq(device, ack.device), or(lte(seq, ack.upTo), inArray(seq, [...(ack.also ?? [])]))),
  )
  const result = await db.run((statements) =>
    statements
      .delete(archivedEnvelopes)
      .where(
        and(eq(archivedEnvelopes.accountId, account), eq(archivedEnvelopes.incarnation, incarnation), or(...covered)),
      ),
  )
  return result.rowCount
}

/** Deletes all that waits for a removed device; returns the number of rows. */
export async function deleteArchivedDevice(db: Database, account: string, device: number): Promise<number> {
  const result = await db.run((statements) =>
    statements
      .delete(archivedEnvelopes)
      .where(and(eq(archivedEnvelopes.accountId, account), eq(archivedEnvelopes.device, device))),
  )
  return result.rowCount
}

/**
 * One page of what an account's inboxes held, without what has expired, ordered by incarnation, device and `seq`. A page
 * ends at `limit` rows or when its bodies reach {@link ARCHIVE_MAX_BODY_CHARS}: go on from its last row until one is
 * empty.
 */
export async function restoreInbox(
  db: Database,
  account: string,
  { after, limit, now }: { after?: ArchiveKey | undefined; limit: number; now: number },
): Promise<ArchivedEnvelope[]> {
  const { accountId, incarnation, device, seq, body, expiresAt } = archivedEnvelopes
  const order = sql`${incarnation}, ${device}, ${seq}`
  // Row comparison, which walks the primary key from where the last page ended.
  const rest =
    after && sql`(${order}) > (${after.incarnation}, ${sql.param(after.device, device)}, ${sql.param(after.seq, seq)})`
  return db.run((statements) => {
    const page = statements
      .select({
        ...getTableColumns(archivedEnvelopes),
        charsBefore: sql`sum(octet_length(${body})) over (order by ${order}) - octet_length(${body})`.as(
          'chars_before',
        ),
      })
      .from(archivedEnvelopes)
      .where(and(eq(accountId, account), gt(expiresAt, now), rest))
      .orderBy(order)
      .limit(limit)
      .as('page')
    const { charsBefore, ...columns } = page._.selectedFields
    return statements
      .select(columns)
      .from(page)
      .where(lt(charsBefore, ARCHIVE_MAX_BODY_CHARS))
      .orderBy(page.incarnation, page.device, page.seq)
  })
}

/** Deletes what earlier lives of the inbox left, once it has been restored; returns the number of rows. */
export async function deleteOtherIncarnations(db: Database, account: string, incarnation: string): Promise<number> {
  const result = await db.run((statements) =>
    statements
      .delete(archivedEnvelopes)
      .where(and(eq(archivedEnvelopes.accountId, account), ne(archivedEnvelopes.incarnation, incarnation))),
  )
  return result.rowCount
}

/** Deletes at most `limit` expired rows, the oldest first; returns their number, so `limit` means: call again. */
export async function deleteExpired(db: Database, now: number, limit: number): Promise<number> {
  const result = await db.run((statements) => {
    const expired = statements
      .select({ ctid: sql`ctid` })
      .from(archivedEnvelopes)
      .where(lte(archivedEnvelopes.expiresAt, now))
      .orderBy(asc(archivedEnvelopes.expiresAt))
      .limit(limit)
    return statements.delete(archivedEnvelopes).where(sql`ctid = any(array(${expired}))`)
  })
  return result.rowCount
}

/** Deletes what waits for devices that are no more; returns the number of rows. */
export async function deleteArchivedExcept(db: Database, account: string, devices: readonly number[]): Promise<number> {
  const result = await db.run((statements) =>
    statements
      .delete(archivedEnvelopes)
      .where(and(eq(archivedEnvelopes.accountId, account), notInArray(archivedEnvelopes.device, [...devices]))),
  )
  return result.rowCount
}

/** How many copies wait, counted up to `most`. */
export async function countArchived(db: Database, most: number): Promise<number> {
  const [row] = await db.run((statements) => {
    const some = statements
      .select({ one: sql`1` })
      .from(archivedEnvelopes)
      .limit(most)
      .as('some')
    return statements.select({ count: sql<number>`count(*)::integer` }).from(some)
  })
  return row?.count ?? 0
}
