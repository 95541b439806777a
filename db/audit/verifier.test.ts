import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64url } from '#protocol/bytes.ts'
import { type ChainedEntry, entryHash } from './encoding.ts'
import { type AuditHead, headLine, headPublicKey, positionLine, readKept, signHead } from './heads.ts'
import type { AuditReport, Finding } from './report.ts'
import { SEED, type TestLog, bareEntry, dayAfter, headsOf, rechain, stateOf, testLog } from './testing.ts'
import { AuditVerifier } from './verifier.ts'

const publicKeys = [headPublicKey(SEED)]

/** Reads the log in pages of three, as a database would show it. */
function verify({ entries, heads, state }: TestLog, kept = ''): AuditReport {
  const verifier = new AuditVerifier({ heads, publicKeys, kept: readKept(kept) })
  const rows = entries.toSorted((a, b) => a.seq - b.seq)
  for (let at = 0; at < rows.length; at += 3) verifier.add(rows.slice(at, at + 3))
  return verifier.finish(state)
}

const findings = (log: TestLog, kept?: string): readonly Finding[] => verify(log, kept).findings

/** The entries with the changes of somebody who knows nothing of hashes. */
function changed(log: TestLog, change: (entries: ChainedEntry[]) => ChainedEntry[], state = {}): TestLog {
  const entries = change(log.entries.map((entry) => ({ ...entry })))
  return { ...log, entries, state: { ...log.state, total: entries.length, ...state } }
}

const renumbered = (entries: ChainedEntry[]) => entries.map((entry, at) => ({ ...entry, seq: at + 1 }))
const log = testLog([3, 4, 2, 3])

describe('an untouched log', () => {
  it('has no findings, and tells where it ends and what no head covers', () => {
    const report = verify(log)
    expect(report).toMatchObject({ findings: [], entries: 12, heads: 3, unsealedDays: [dayAfter(3)] })
    expect(report.position).toEqual({ seq: 12, hash: log.entries[11]?.hash })
    expect(verify(testLog([]))).toMatchObject({ findings: [], entries: 0 })
  })

  it('agrees with all that was kept of it', () => {
    const kept = [
      ...log.heads.map(headLine),
      `{"head":"${positionLine({ seq: 7, hash: log.entries[6]?.hash ?? new Uint8Array() })}"}`,
    ]
    expect(findings(log, kept.join('\n'))).toEqual([])
    expect(readKept(kept.join(' '))).toMatchObject({ heads: log.heads, positions: [{ seq: 7 }] })
  })
})

describe('by name', () => {
  it.each([
    ['type', 'usernameClaimed'],
    ['actor', 'operator'],
    ['subject', 'site'],
    ['correlationId', '1'.repeat(32)],
    ['details', '{"device":2}'],
    ['at', 0],
    ['id', 'AAAAAAAAAAAAAAAAAAAAAA'],
    ['previous', new Uint8Array(32)],
    ['details', null],
    ['hash', new Uint8Array(3)],
  ])('edited: another %s', (name, value) => {
    const edit = changed(log, (entries) =>
      entries.map((entry) => (entry.seq === 5 ? { ...entry, [name]: value } : entry)),
    )
    expect(findings(edit)).toEqual([{ name: 'edited', from: 5, to: 5 }])
  })

  it('edited: an entry of a signed day, also when its hash was made to match', () => {
    const rehashed = (entry: ChainedEntry) => ({ ...entry, hash: entryHash(entry) })
    const forge = changed(log, (entries) =>
      entries.map((entry) => (entry.seq === 5 ? rehashed({ ...entry, actor: 'operator' }) : entry)),
    )
    expect(findings(forge)).toEqual([{ name: 'edited', from: 5, to: 5 }])
  })

  it('edited: the last entry of all, with a hash to match', () => {
    const forge = changed(log, (entries) =>
      entries.slice(0, 11).concat(rechain([...entries.slice(0, 11), bareEntry('x', dayAfter(3))])[11] ?? []),
    )
    expect(findings(forge)).toEqual([{ name: 'edited', from: 12, to: 12 }])
  })

  it('deleted, with a gap or with numbers closed up', () => {
    const without = (from: number, to: number) => (entries: ChainedEntry[]) =>
      entries.filter(({ seq }) => seq < from || seq > to)
    // The day's head counts entries, and so has something to say as well.
    const head = { name: 'headMismatch', day: dayAfter(1), kept: false }
    expect(findings(changed(log, without(5, 6)))).toEqual([{ name: 'deleted', from: 5, to: 6 }, head])
    const closed = changed(log, (entries) => renumbered(without(5, 6)(entries)), { seq: 10 })
    expect(findings(closed)).toContainEqual({ name: 'deleted', from: 5, to: 6 })
    expect(findings(changed(log, without(1, 1)))).toContainEqual({ name: 'deleted', from: 1, to: 1 })
  })

  it('inserted, whether the hash is right or not, and with however many behind it moved up', () => {
    const forged = bareEntry('forged', dayAfter(1))
    const linked = rechain([...log.entries.slice(0, 4), forged])[4] as ChainedEntry
    for (const one of [forged, linked]) {
      const longer = changed(log, (entries) => renumbered([...entries.slice(0, 4), one, ...entries.slice(4)]), {
        seq: 13,
        total: 13,
      })
      expect(findings(longer)).toContainEqual({ name: 'inserted', from: 5, to: 5 })
    }
    const atEnd = changed(log, (entries) => rechain([...entries, bareEntry('x', dayAfter(3))]))
    expect(findings(atEnd)).toEqual([{ name: 'inserted', from: 13, to: 13 }])
    expect(findings(changed(log, (entries) => entries, { total: 13 }))).toEqual([
      { name: 'inserted', from: 13, to: 13 },
    ])
  })

  it('reordered: two that were exchanged, and one that was moved', () => {
    const exchanged = changed(log, (entries) =>
      renumbered(entries.with(4, entries[5] as ChainedEntry).with(5, entries[4] as ChainedEntry)),
    )
    expect(findings(exchanged)).toEqual([{ name: 'reordered', from: 6, to: 6 }])
    const moved = changed(log, (entries) =>
      renumbered([...entries.slice(0, 4), ...entries.slice(5, 9), entries[4] as ChainedEntry, ...entries.slice(9)]),
    )
    expect(findings(moved)).toContainEqual({ name: 'reordered', from: 9, to: 9 })
    // All numbers shifted by one.
    const shifted = changed(log, (entries) => entries.map((entry) => ({ ...entry, seq: entry.seq + 1 })), {
      seq: 13,
    })
    expect(findings(shifted)).toContainEqual({ name: 'reordered', from: 2, to: 2 })
  })

  it('truncated: at the end, by the state of the chain', () => {
    expect(findings(changed(log, (entries) => entries.slice(0, 11)))).toEqual([{ name: 'truncated', from: 12, to: 12 }])
    expect(verify({ ...log, state: undefined as never }).findings).toEqual([{ name: 'truncated', from: 13, to: 13 }])
  })

  it('truncated: at the end, by a head, when the state was set back too', () => {
    const entries = log.entries.slice(0, 8)
    expect(findings({ entries, heads: log.heads, state: stateOf(entries) })).toContainEqual({
      name: 'truncated',
      from: 9,
      to: 9,
    })
  })

  it('headMismatch: a signed day that was made anew from its first entry to its last', () => {
    const entries = rechain(log.entries.map((entry) => (entry.seq === 5 ? { ...entry, actor: 'operator' } : entry)))
    expect(findings({ entries, heads: log.heads, state: stateOf(entries) })).toEqual(
      [1, 2].map((day) => ({ name: 'headMismatch', day: dayAfter(day), kept: false })),
    )
  })

  it('headUnsigned: a head that was written without the key, or by another', () => {
    const [first, second, third] = log.heads as [AuditHead, AuditHead, AuditHead]
    for (const signature of [new Uint8Array(64), new Uint8Array(3), signHead(second, new Uint8Array(32))]) {
      expect(findings({ ...log, heads: [first, { ...second, signature }, third] })).toEqual([
        { name: 'headUnsigned', day: dayAfter(1), kept: false },
      ])
    }
  })

  it('headMissing: a head that is gone, and a day that has none between others', () => {
    const [first, , third] = log.heads as [AuditHead, AuditHead, AuditHead]
    expect(findings({ ...log, heads: [first, third] })).toEqual([
      { name: 'headMissing', day: dayAfter(1), kept: false },
    ])
  })
})

describe('with a head or position that was kept elsewhere', () => {
  /** Whoever has the database and the key makes a log that is right in itself. */
  function madeAnew(entries: readonly ChainedEntry[]): TestLog {
    const chained = rechain(entries)
    return { entries: chained, heads: headsOf(chained), state: stateOf(chained) }
  }

  it('a log that was made anew, key and all, is right in itself and not what was kept', () => {
    const forged = madeAnew(log.entries.map((entry) => (entry.seq === 5 ? { ...entry, actor: 'operator' } : entry)))
    expect(findings(forged)).toEqual([])
    expect(findings(forged, headLine(log.heads[1] as AuditHead))).toEqual([
      { name: 'headMismatch', day: dayAfter(1), kept: true },
    ])
    expect(findings(forged, positionLine(verify(log).position))).toEqual([{ name: 'positionMismatch', from: 12 }])
  })

  it('the newest days, deleted with their heads, are missed', () => {
    const shorter = madeAnew(log.entries.slice(0, 7))
    expect(findings(shorter)).toEqual([])
    const kept = findings(shorter, headLine(log.heads[2] as AuditHead))
    expect(kept).toContainEqual({ name: 'truncated', from: 8, to: 9 })
    expect(findings(shorter, positionLine(verify(log).position))).toEqual([{ name: 'truncated', from: 8, to: 12 }])
  })

  it('a kept head of somebody else is said to be that', () => {
    const head = { ...(log.heads[1] as AuditHead), signature: new Uint8Array(64) }
    expect(findings(log, headLine(head))).toEqual([{ name: 'headUnsigned', day: dayAfter(1), kept: true }])
  })
})

/** Steps of somebody who writes into the tables by hand; `at` chooses the entry. */
const manipulation = fc.record({
  how: fc.constantFrom(
    'edit',
    'rehash',
    'delete',
    'close',
    'insert',
    'insertLinked',
    'exchange',
    'move',
    'copy',
    'day',
  ),
  at: fc.nat(),
  to: fc.nat(),
})

function manipulate(
  entries: ChainedEntry[],
  { how, at, to }: { how: string; at: number; to: number },
  step: number,
): ChainedEntry[] {
  const index = at % entries.length
  const entry = entries[index] as ChainedEntry
  const other = to % entries.length
  const forged = { ...bareEntry(`forged ${step}`, entry.day), seq: entry.seq, previous: entry.previous }
  const put = (one: ChainedEntry) => renumbered([...entries.slice(0, index), one, ...entries.slice(index)])
  if (how === 'edit') return entries.with(index, { ...entry, subject: 'site' })
  if (how === 'day') return entries.with(index, { ...entry, day: dayAfter(100 + (to % 10)) })
  if (how === 'rehash') return entries.with(index, { ...forged, hash: entryHash(forged) })
  if (how === 'delete') return entries.toSpliced(index, 1)
  if (how === 'close') return renumbered(entries.toSpliced(index, 1))
  if (how === 'insert') return put(forged)
  if (how === 'insertLinked') return put({ ...forged, hash: entryHash(forged) })
  if (how === 'copy') return put({ ...(entries[other] as ChainedEntry) })
  const rest = entries.toSpliced(index, 1)
  if (how === 'move') return renumbered(rest.toSpliced(other, 0, entry))
  return renumbered(entries.with(index, entries[other] as ChainedEntry).with(other, entry))
}

const identity = ({ entries }: { entries: readonly ChainedEntry[] }) =>
  entries.map(({ hash, previous, ...entry }) => [entry, toBase64url(previous), toBase64url(hash)])

it('finds any number of manipulations of any log, unless they undo one another', () => {
  const perDay = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(
      perDay,
      fc.array(manipulation, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (days, steps, setsState) => {
        const before = testLog(days)
        let { entries } = before
        for (const [step, one] of steps.entries()) if (entries.length > 0) entries = manipulate(entries, one, step)
        // Who knows of the state as well sets it to fit.
        const state = setsState ? stateOf(entries.toSorted((a, b) => a.seq - b.seq)) : before.state
        const isSame = JSON.stringify(identity({ entries })) === JSON.stringify(identity(before))
        // Today's last entries have nothing to hold them but the state, and what was kept elsewhere.
        const kept = positionLine(before.state)
        expect(findings({ entries, heads: before.heads, state }, kept).length === 0).toBe(isSame)
      },
    ),
    { numRuns: 80 },
  )
})

it('finds any manipulation of heads, unless it changes nothing', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom('day', 'seq', 'count', 'hash', 'after', 'signature', 'gone'), (at, field) => {
      const index = at % log.heads.length
      const head = log.heads[index] as AuditHead
      const forged: AuditHead = {
        ...head,
        ...(field === 'day' && { day: dayAfter(50) }),
        ...(field === 'seq' && { seq: head.seq - 1 }),
        ...(field === 'count' && { count: head.count + 1 }),
        ...(field === 'hash' && { hash: new Uint8Array(32) }),
        ...(field === 'after' && { after: dayAfter(40) }),
        ...(field === 'signature' && {
          signature: head.signature.map((octet, n) => (n === at % 64 ? octet ^ 1 : octet)),
        }),
      }
      const heads = field === 'gone' ? log.heads.toSpliced(index, 1) : log.heads.with(index, forged)
      const isNewest = index === log.heads.length - 1
      // The newest head can go unnoticed, unless it was kept.
      const kept = field === 'gone' && isNewest ? headLine(head) : ''
      expect(findings({ ...log, heads }, kept)).not.toEqual([])
    }),
    { numRuns: 30 },
  )
})
