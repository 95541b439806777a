/** Audit logs in memory, as the database would chain them. */

import { toBase64url } from '#protocol/bytes.ts'
import { CHAIN_START, type ChainedEntry, entryHash } from './encoding.ts'
import { type AuditHead, type HeadStatement, signHead } from './heads.ts'
import type { ChainState } from './report.ts'

export interface TestLog {
  entries: ChainedEntry[]
  heads: AuditHead[]
  state: ChainState
}

/** The seed of the tests' signing key. */
export const SEED: Uint8Array = new Uint8Array(32).fill(9)

/** The day `days` after the first of 2026. */
export function dayAfter(days: number): string {
  return new Date(Date.UTC(2026, 0, 1 + days)).toISOString().slice(0, 10)
}

/** Computes previous hashes, hashes, heads and state anew, as whoever has the database and, with `seed`, the key would. */
export function rechain(entries: readonly ChainedEntry[]): ChainedEntry[] {
  let previous = CHAIN_START
  return entries.map((entry, at) => {
    const placed = { ...entry, seq: at + 1, previous }
    const hash = entryHash(placed)
    previous = hash
    return { ...placed, hash }
  })
}

export function stateOf(entries: readonly ChainedEntry[]): ChainState {
  const last = entries.at(-1)
  return { seq: last?.seq ?? 0, hash: last?.hash ?? CHAIN_START, total: entries.length }
}

/** Heads of all days but the last. */
export function headsOf(entries: readonly ChainedEntry[]): AuditHead[] {
  const days = [...new Set(entries.map(({ day }) => day))].slice(0, -1)
  return days.map((day, at) => {
    const ofDay = entries.filter((entry) => entry.day === day)
    const { seq, hash } = ofDay.at(-1) as ChainedEntry
    const head: HeadStatement = { day, seq, count: ofDay.length, hash, after: days[at - 1] ?? null }
    return Object.assign(head, { signature: signHead(head, SEED) })
  })
}

/** A log with so many entries on each day. */
export function testLog(perDay: readonly number[]): TestLog {
  const bare = perDay.flatMap((count, day) =>
    Array.from({ length: count }, (_, at) => bareEntry(`${day}.${at}`, dayAfter(day))),
  )
  const entries = rechain(bare)
  return { entries, heads: headsOf(entries), state: stateOf(entries) }
}

/** An entry before it is chained; different for each `name`. */
export function bareEntry(name: string, day: string): ChainedEntry {
  const id = toBase64url(new TextEncoder().encode(name.padEnd(16, '.')).slice(0, 16))
  const details = JSON.stringify({ by: 1, device: 1 })
  const occasion = { at: Date.parse(day), correlationId: '0'.repeat(32) }
  const place = { seq: 0, day, previous: CHAIN_START, hash: CHAIN_START }
  return { id, type: 'tokensRevoked', actor: id, subject: id, details, ...occasion, ...place }
}
