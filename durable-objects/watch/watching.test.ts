import { describe, expect, it } from 'vitest'
import { AUDIT_TIME_STEP_MS } from '#db/audit/events.ts'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { migrate } from '../migrations.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { randomId } from '../testing/accounts.ts'
import { AUDIT_WAITING_MAX } from '../user/audit-outbox.ts'
import { MIGRATIONS } from './schema.ts'
import { accountSubject, addressSubject, whoseIs } from './subject.ts'
import { Watching } from './watching.ts'
import { BLOCKED_FOR_MS, BLOCK_REMEMBERED_MS, HALF_LIFE_MS } from './weights.ts'

const NOW = 500_000 * AUDIT_TIME_STEP_MS + 7
const OCCASION = { correlationId: 'c'.repeat(32), now: NOW }
const SECRET = toBase64url(randomBytes(32))

function setUp() {
  const sql = nodeSql()
  migrate(sql, MIGRATIONS)
  return { sql, watching: new Watching(sql) }
}

const fresh = () => accountSubject(SECRET, randomId())

describe('subjects', () => {
  it('are keyed hashes: the same under one secret, another under another, and never the account', () => {
    const account = randomId()
    const subject = accountSubject(SECRET, account)
    expect(subject).toMatch(/^a\.[\w-]{16}$/)
    expect(accountSubject(SECRET, account)).toBe(subject)
    expect(accountSubject(toBase64url(randomBytes(32)), account)).not.toBe(subject)
    expect(whoseIs(subject)).toBe('account')
    expect(whoseIs(addressSubject('x'.repeat(16)))).toBe('address')
  })
})

describe('what is watched', () => {
  it('is kept over an eviction: scores, blocks, and how long they last', () => {
    const { sql, watching } = setUp()
    const subject = fresh()
    watching.note({ subject, signal: 'authFailure', count: 99 }, [], OCCASION)
    const woken = new Watching(sql)
    expect(woken.verdict(subject, NOW).level).toBe('slowed')
    expect(woken.note({ subject, signal: 'prekeyDrain', count: 1 }, [], OCCASION).verdict).toEqual({
      level: 'blocked',
      until: NOW + BLOCKED_FOR_MS,
    })
    expect(new Watching(sql).verdict(subject, NOW + BLOCKED_FOR_MS - 1).level).toBe('blocked')
    expect(new Watching(sql).verdict(subject, NOW + BLOCKED_FOR_MS).level).toBe('clear')
    expect(new Watching(sql).verdict(fresh(), NOW)).toEqual({ level: 'clear', until: 0 })
  })

  it('every action is an event of the audit log, in its transaction, with the hash and without the moment', () => {
    const { sql, watching } = setUp()
    const account = randomId()
    const subject = accountSubject(SECRET, account)
    watching.note({ subject, signal: 'enumeration', count: 60 }, [], OCCASION)
    watching.note({ subject, signal: 'prekeyDrain', count: 60 }, [], OCCASION)
    const entries = new Watching(sql).audit.waiting().map(({ entry }) => entry)
    const common = { type: 'restricted', actor: 'system', subject, correlationId: OCCASION.correlationId }
    expect(entries.map(({ id: _id, details, ...entry }) => [entry, JSON.parse(details) as unknown])).toEqual([
      [
        { ...common, at: NOW - 7 },
        { to: 'slowed', because: ['enumeration'], minutes: 10, blocks: 0 },
      ],
      [
        { ...common, at: NOW - 7 },
        { to: 'blocked', because: ['enumeration', 'prekeyDrain'], minutes: 15, blocks: 1 },
      ],
    ])
    const stored = JSON.stringify(
      ['standings', 'audit_outbox', 'alerts'].map((table) => sql.exec(`SELECT * FROM ${table}`)),
    )
    expect(stored).not.toContain(account)
  })

  it('is lifted before its time: nothing is left against the subject, and an event says so; where nothing is, nothing happens', () => {
    const { sql, watching } = setUp()
    const subject = fresh()
    watching.note({ subject, signal: 'authFailure', count: 100 }, [], OCCASION)
    const later = { ...OCCASION, now: NOW + 5 * 60_000 - 1 }
    expect(watching.lift(subject, later)).toBe('blocked')
    const woken = new Watching(sql)
    expect(woken.verdict(subject, NOW + 1)).toEqual({ level: 'clear', until: 0 })
    const { details, id: _id, ...entry } = woken.audit.waiting()[1]?.entry ?? { details: '{}', id: '' }
    expect(entry).toMatchObject({ type: 'restrictionLifted', actor: 'operator', subject, at: NOW - 7 })
    expect(JSON.parse(details)).toEqual({ from: 'blocked', minutes: 11 })
    // Judged anew: neither the score nor the earlier block counts.
    expect(woken.note({ subject, signal: 'authFailure', count: 49 }, [], later).verdict.level).toBe('clear')
    expect(woken.note({ subject, signal: 'authFailure', count: 60 }, [], later).action).toMatchObject({
      minutes: 15,
      blocks: 1,
    })
    expect(woken.lift(fresh(), later)).toBeUndefined()
    expect(woken.audit.waiting()).toHaveLength(3)
  })

  it('counts events that find no room while the database is away, and says how many', () => {
    const { watching } = setUp()
    for (let at = 0; at < AUDIT_WAITING_MAX + 3; at += 1) {
      watching.note({ subject: fresh(), signal: 'authFailure', count: 100 }, [], OCCASION)
    }
    const waiting = watching.audit.waiting()
    expect(waiting).toHaveLength(AUDIT_WAITING_MAX)
    watching.audit.taken(waiting.at(-1)?.seq ?? 0, NOW)
    const [left] = watching.audit.waiting()
    expect(left?.entry).toMatchObject({ type: 'eventsDropped', subject: 'site', details: '{"count":3}' })
  })

  it('waits longer for the database each time it fails', () => {
    const { watching } = setUp()
    expect(watching.auditDue).toBeUndefined()
    watching.note({ subject: fresh(), signal: 'authFailure', count: 100 }, [], OCCASION)
    expect(watching.auditDue).toBe(0)
    const pauses = Array.from({ length: 12 }, () => {
      watching.auditFailed(NOW, 1)
      return (watching.auditDue ?? 0) - NOW
    })
    expect(pauses.slice(0, 3)).toEqual([1_000, 2_000, 4_000])
    expect(pauses.at(-1)).toBe(5 * 60_000)
    watching.audited()
    expect(watching.auditDue).toBe(0)
  })

  it('is forgotten when there is nothing against anybody any more, and not before', () => {
    const { sql, watching } = setUp()
    const [quiet, blocked] = [fresh(), fresh()]
    watching.note({ subject: quiet, signal: 'authFailure', count: 1 }, [], OCCASION)
    watching.note({ subject: blocked, signal: 'authFailure', count: 100 }, [], OCCASION)
    const subjects = () => sql.exec<{ subject: string }>('SELECT subject FROM standings').map(({ subject }) => subject)
    watching.sweep(NOW + 4 * HALF_LIFE_MS)
    expect(subjects()).toEqual([blocked])
    watching.sweep(NOW + BLOCKED_FOR_MS + BLOCK_REMEMBERED_MS + 1)
    expect(watching.hasSubjects).toBe(false)
  })

  it('has room for so many, and whoever comes with addresses without end pushes out nobody who is held', () => {
    const { sql, watching } = setUp()
    const held = fresh()
    watching.note({ subject: held, signal: 'authFailure', count: 100 }, [], { ...OCCASION, now: NOW - 1_000 })
    sql.transaction(() => {
      for (let at = 0; at < 21_000; at += 1) {
        watching.note({ subject: `n.${at}`, signal: 'authFailure', count: 1 }, [], { ...OCCASION, now: NOW + at })
      }
    })
    const left = sql.exec<{ count: number }>('SELECT count(*) AS count FROM standings')[0]?.count ?? 0
    expect(left).toBeLessThanOrEqual(20_000)
    expect(left).toBeGreaterThan(15_000)
    expect(watching.verdict(held, NOW).level).toBe('blocked')
    expect(sql.exec('SELECT * FROM standings WHERE subject = ?', 'n.0')).toEqual([])
    expect(sql.exec('SELECT * FROM standings WHERE subject = ?', 'n.20999')).toHaveLength(1)
  })
})
