import { randomBytes } from 'node:crypto'
import { type SQL, sql } from 'drizzle-orm'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type AuditEntry, auditEntry } from '#db/audit/events.ts'
import { headLine, headPublicKey, positionLine, readKept } from '#db/audit/heads.ts'
import type { AuditReport } from '#db/audit/report.ts'
import { sealAudit } from '#db/audit/seal.ts'
import { verifyAudit } from '#db/audit/verify.ts'
import type { Database } from '#db/client.ts'
import { DatabaseStatementError } from '#db/errors.ts'
import { appendAudit, insertHead } from '#db/queries/audit.ts'
import { auditHeadsByDay, auditPage } from '#db/queries/audit-trail.ts'
import { createInvite } from '#db/queries/invites.ts'
import { registerAccount } from '#db/queries/registration.ts'
import { releaseUsername } from '#db/queries/usernames.ts'
import { applicationGrants, auditorGrants } from '../grants.ts'
import { CORRELATION_ID, DAY_MS, NOW, newAccountId, newName, newRegistration } from './samples.ts'

const SEED = new Uint8Array(32).fill(3)
const OCCASION = { now: NOW, correlationId: CORRELATION_ID }

function someEntry(): AuditEntry {
  const account = newAccountId()
  return auditEntry(
    { type: 'tokensRevoked', actor: account, subject: account, details: { by: 1, device: 1 } },
    OCCASION,
  )
}

/** Adds to the numbers of entries; by way of negative ones, so that none meets another. */
function shift(which: string, by: number): string[] {
  return [
    `update audit_entries set seq = -seq where seq ${which}`,
    `update audit_entries set seq = -seq + ${by} where seq < 0`,
  ]
}

/** Runs on a database in which other suites have registered accounts and claimed names, many at once. */
export function auditSuite(database: () => Database): void {
  const execute = (statement: SQL) => database().run((statements) => statements.execute(statement))
  const verify = (kept = ''): Promise<AuditReport> =>
    verifyAudit(database(), { publicKeys: [headPublicKey(SEED)], kept: readKept(kept) })
  const names = async (kept?: string) => (await verify(kept)).findings.map(({ name }) => name)
  const newest = async () => (await auditPage(database(), (await verify()).position.seq - 1, 1))[0]

  /** Makes it so many days later than it is, for the audit log. */
  const turnClock = (days: number) =>
    execute(sql`create or replace function audit_clock() returns timestamptz language sql volatile as
      ${sql.raw(`'select clock_timestamp() + interval ''${days} days'''`)}`)

  /** Runs statements as a role, in one transaction; the last one's SQLSTATE, or the number of rows. */
  async function asRole(role: string, statement: SQL): Promise<string | number> {
    const outcome = await database()
      .run((statements) =>
        statements.batch([
          statements.execute(sql`set local role ${sql.identifier(role)}`),
          statements.execute(statement),
        ]),
      )
      .catch((error: unknown) => error)
    if (outcome instanceof DatabaseStatementError) return outcome.sqlState ?? ''
    if (outcome instanceof Error) throw outcome
    return (outcome as { rowCount: number }[])[1]?.rowCount ?? 0
  }

  describe('the audit log', () => {
    it('has chained all that the other suites did at once, and ends where it says', async () => {
      const before = await verify()
      expect(before).toMatchObject({ findings: [] })
      expect(before.entries).toBeGreaterThan(10)
      const entries = Array.from({ length: 24 }, someEntry)
      await Promise.all([0, 6, 12, 18].map((at) => appendAudit(database(), entries.slice(at, at + 6))))
      expect(await verify()).toMatchObject({ findings: [], entries: before.entries + 24 })
      expect(await newest()).toMatchObject({ day: new Date().toISOString().slice(0, 10), at: NOW - (NOW % 3_600_000) })
    })

    it('takes an entry once, however often it is sent, and an empty batch', async () => {
      const { entries } = await verify()
      const [first, second] = [someEntry(), someEntry()]
      await appendAudit(database(), [first])
      await appendAudit(database(), [first, second, first])
      await appendAudit(database(), [])
      expect(await verify()).toMatchObject({ findings: [], entries: entries + 2 })
      await expect(appendAudit(database(), Array.from({ length: 201 }, someEntry))).rejects.toThrow(RangeError)
    })

    it('says in the same transaction who registered, and nothing of a registration that failed', async () => {
      const { entries } = await verify()
      const registration = newRegistration({ username: newName() })
      await registerAccount(database(), registration)
      await registerAccount(database(), registration)
      await registerAccount(database(), newRegistration({ account: registration.account }))
      await registerAccount(database(), newRegistration({ username: registration.username }))
      const { account } = registration
      expect(await releaseUsername(database(), account, OCCASION)).toBe(true)
      expect(await releaseUsername(database(), newAccountId(), OCCASION)).toBe(false)
      await createInvite(database(), { codeHash: randomBytes(32), uses: 3, correlationId: CORRELATION_ID }, NOW)
      const written = await auditPage(database(), entries, 10)
      expect(written.map(({ type, actor, subject, details }) => [type, actor, subject, details])).toEqual([
        ['accountRegistered', account, account, '{"invited":false}'],
        ['usernameClaimed', account, account, '{}'],
        ['usernameReleased', account, account, '{}'],
        ['inviteCreated', 'operator', 'site', '{"uses":3,"expiresAt":null}'],
      ])
    })

    it.each(['audit_entries', 'audit_heads', 'audit_state'])(
      'refuses every change of %s, also to the owner',
      async (table) => {
        const name = sql.identifier(table)
        const statements = [
          sql`update ${name} set day = day`,
          sql`delete from ${name}`,
          sql`truncate ${name}`,
          ...(table === 'audit_state' ? [sql`insert into audit_state select * from audit_state`] : []),
        ]
        for (const statement of statements) {
          await expect(execute(statement)).rejects.toMatchObject({ name: 'DatabaseStatementError', sqlState: '42501' })
        }
      },
    )

    it('lets the application append and an auditor read, and neither do more', async () => {
      const suffix = randomBytes(6).toString('hex')
      const [application, auditor] = [`relay_${suffix}`, `auditor_${suffix}`]
      for (const role of [application, auditor]) await execute(sql`create role ${sql.identifier(role)}`)
      // Roles belong to the server, not to the database that goes with the suite.
      onTestFinished(async () => {
        for (const role of [application, auditor]) {
          await execute(sql`drop owned by ${sql.identifier(role)}`)
          await execute(sql`drop role ${sql.identifier(role)}`)
        }
      })
      const grants = [...applicationGrants(application), ...auditorGrants(auditor)]
      for (const grant of [...grants, ...grants]) await execute(sql.raw(grant))
      const { id, at, type, actor, subject, correlationId, details } = someEntry()
      const values = sql`${id}, ${at}, ${type}, ${actor}, ${subject}, ${correlationId}, ${details}`
      const append = sql`insert into audit_entries (id, at, type, actor, subject, correlation_id, details) values (${values})`
      expect(await asRole(application, append)).toBe(1)
      expect(await asRole(application, sql`select * from audit_unsealed()`)).toBe(0)
      expect(await asRole(application, sql`select count(*) from accounts`)).toBe(1)
      // No day is over: the trigger leaves it out.
      const head = sql`insert into audit_heads (day, signature) values ('2026-01-01', decode(repeat('00', 64), 'hex'))`
      expect(await asRole(application, head)).toBe(0)
      for (const refused of [
        sql`select * from audit_entries`,
        sql`update audit_entries set details = '{}'`,
        sql`delete from audit_entries`,
        sql`truncate audit_entries`,
        sql`insert into audit_entries (seq, day, id, at, type, actor, subject, correlation_id, details, previous, hash)
          values (1, '2026-01-01', ${values}, '', '')`,
        sql`update audit_state set seq = 0`,
        sql`delete from audit_heads`,
        sql`insert into audit_heads (day, signature, seq) values ('2026-01-01', '', 1)`,
        sql`alter table audit_entries disable trigger all`,
        sql`drop table audit_heads`,
      ]) {
        expect(await asRole(application, refused)).toBe('42501')
      }
      // The triggers refuse with the same code: that the role has no right to is another matter.
      for (const right of ['select', 'update', 'delete', 'truncate']) {
        const held = await execute(sql`select has_table_privilege(${application}, 'audit_entries', ${right}) as held`)
        expect(held.rows).toEqual([{ held: false }])
      }
      expect(await asRole(auditor, sql`select * from audit_entries, audit_heads, audit_state limit 0`)).toBe(0)
      for (const refused of [append, sql`delete from audit_entries`, sql`select * from accounts`]) {
        expect(await asRole(auditor, refused)).toBe('42501')
      }
      expect(await names()).toEqual([])
    })

    it('has a signed head for each day that is over, the same whoever makes it', async () => {
      expect(await sealAudit(database(), SEED)).toEqual([])
      const today = (await newest())?.day ?? ''
      expect(await insertHead(database(), { day: today, signature: new Uint8Array(64) })).toBe(false)
      await turnClock(1)
      await appendAudit(database(), [someEntry()])
      // A day without entries, then one with.
      await turnClock(3)
      await appendAudit(database(), [someEntry(), someEntry()])
      await turnClock(4)
      const days = [0, 1, 3].map((n) => new Date(Date.parse(today) + n * DAY_MS).toISOString().slice(0, 10))
      // Only the oldest may be next.
      expect(await insertHead(database(), { day: days[1] ?? '', signature: new Uint8Array(64) })).toBe(false)
      const made = await Promise.all([1, 2, 3].map(() => sealAudit(database(), SEED)))
      expect(
        made
          .flat()
          .map(({ day }) => day)
          .toSorted(),
      ).toEqual(days)
      const heads = await auditHeadsByDay(database())
      expect(heads).toMatchObject([
        { day: days[0], after: null },
        { day: days[1], after: days[0], count: 1 },
        { day: days[2], after: days[1], count: 2 },
      ])
      expect(await verify(heads.map(headLine).join('\n'))).toMatchObject({ findings: [], heads: 3, unsealedDays: [] })
    })

    it('finds what somebody changes who may do everything', async () => {
      const kept = positionLine((await verify()).position)
      const tables = ['audit_entries', 'audit_heads', 'audit_state']
      const all = async (statement: (table: string) => string) => {
        for (const table of tables) await execute(sql.raw(statement(table)))
      }
      await all((table) => `create table kept_${table} as select * from ${table}`)
      await all((table) => `alter table ${table} disable trigger user`)
      const shorten = `update audit_state set (seq, hash) = (select seq, hash from audit_entries order by seq desc limit 1)`
      for (const [expected, ...statements] of [
        ['edited', `update audit_entries set actor = 'operator' where seq = 3`],
        [
          'edited',
          `alter table audit_entries alter details drop not null`,
          `update audit_entries set details = null where seq = 3`,
        ],
        ['deleted', `delete from audit_entries where seq = 3`],
        ['deleted', `delete from audit_entries where seq = 3`, ...shift('> 3', -1), shorten],
        [
          'inserted',
          ...shift('> 2', 1),
          `insert into audit_entries select 3, day, 'x' || substr(id, 2), at, type, actor, subject, correlation_id, details, previous, hash from audit_entries where seq = 2`,
        ],
        [
          'inserted',
          `alter table audit_entries drop constraint audit_entries_pkey`,
          `alter table audit_entries drop constraint audit_entries_id_unique`,
          `insert into audit_entries select * from audit_entries where seq = 3`,
        ],
        [
          'reordered',
          `update audit_entries set seq = case seq when 3 then -4 when 4 then -3 end where seq in (3, 4)`,
          `update audit_entries set seq = -seq where seq < 0`,
        ],
        ['truncated', `delete from audit_entries where seq = (select max(seq) from audit_entries)`],
        [
          'truncated',
          `delete from audit_entries where day = (select max(day) from audit_entries)`,
          `delete from audit_heads where day = (select max(day) from audit_heads)`,
          shorten,
        ],
        ['headMismatch', `update audit_heads set seq = seq - 1 where after is null`],
        ['headUnsigned', `update audit_heads set signature = decode(repeat('00', 64), 'hex') where after is null`],
        ['headMissing', `delete from audit_heads where after is null`],
      ] as const) {
        for (const statement of statements) await execute(sql.raw(statement))
        const found: unknown = expect.arrayContaining([expected])
        expect({ statements, found: await names(kept) }).toMatchObject({ found })
        await all((table) => `truncate ${table}`)
        await all((table) => `insert into ${table} select * from kept_${table}`)
      }
      await all((table) => `alter table ${table} enable trigger user`)
      expect(await names(kept)).toEqual([])
    })
  })
}
