/**
 * Checks an audit log from its first entry to its last, in one pass over pages of it. Takes what the database says and
 * believes nothing of it: rows may be of any form.
 *
 * Nothing is reported only if every entry has the hash of its content, stands in its place and holds the hash of the entry
 * before, the chain ends where the database says, and every head is signed and says the same as the entries. Names and
 * places of findings are the plainest account of what was done; several accounts may fit.
 */

import * as v from 'valibot'
import { equalBytes } from '#protocol/bytes.ts'
import { CHAIN_START, type ChainedEntry, entryHash } from './encoding.ts'
import { verifyHeads } from './head-verifier.ts'
import type { AuditReport, ChainState, Finding, VerifierInput } from './report.ts'

/** How far from its place an entry is recognised. */
const WINDOW = 64

const octets = (length: number) =>
  v.pipe(
    v.instance(Uint8Array),
    v.check((bytes) => bytes.length === length),
  )
const WellFormed = v.object({
  seq: v.pipe(v.number(), v.safeInteger()),
  at: v.pipe(v.number(), v.safeInteger()),
  day: v.string(),
  id: v.string(),
  type: v.string(),
  actor: v.string(),
  subject: v.string(),
  correlationId: v.string(),
  details: v.string(),
  previous: octets(32),
  hash: octets(32),
})

/** An entry that was passed, under the number that its hash says. */
interface Passed {
  readonly number: number
  /** The number that it has in the table. */
  readonly seq: number
  readonly hash: Uint8Array
  /** Reported already: what is linked to it says nothing more. */
  readonly suspect: boolean
}

export class AuditVerifier {
  readonly #input: VerifierInput
  readonly #findings: Finding[] = []
  /** Numbers that were skipped, as ranges: deleted, unless the entry turns up elsewhere. */
  #missing: [from: number, to: number][] = []
  readonly #recent = new Map<number, Passed>()
  #last: Passed = { number: 0, seq: 0, hash: CHAIN_START, suspect: false }
  #shift = 0
  #entries = 0
  /** The highest number that a row had. */
  #read = 0
  readonly #days = new Map<string, { count: number; last: number }>()
  /** Hashes at the places that heads and kept positions speak of. */
  readonly #hashes = new Map<number, Uint8Array | undefined>()

  constructor(input: VerifierInput) {
    this.#input = input
    const { heads, kept } = input
    for (const { seq } of [...heads, ...(kept?.heads ?? []), ...(kept?.positions ?? [])])
      this.#hashes.set(seq, undefined)
    this.#recent.set(0, this.#last)
  }

  /** The highest number so far: where the next page begins. */
  get seq(): number {
    return this.#read
  }

  /** The next rows, by ascending `seq`. */
  add(rows: readonly ChainedEntry[]): void {
    for (const row of rows) {
      this.#entries += 1
      this.#read = Math.max(this.#read, row.seq)
      const day = this.#days.get(row.day)
      this.#days.set(row.day, { count: (day?.count ?? 0) + 1, last: row.seq })
      if (this.#hashes.has(row.seq)) this.#hashes.set(row.seq, row.hash)
      this.#place(row)
    }
  }

  /** The report. `state`: where the database says that the chain ends. */
  finish(state: ChainState | undefined): AuditReport {
    for (const [from, to] of this.#missing) this.#findings.push({ name: 'deleted', from, to })
    this.#checkEnd(state)
    const heads = verifyHeads(this.#input, this.#days, this.#hashes, this.#read)
    const newestHead = this.#input.heads.at(-1)
    return {
      findings: [...this.#findings, ...heads],
      entries: this.#entries,
      heads: this.#input.heads.length,
      newestHead,
      position: { seq: this.#read, hash: this.#last.hash },
      unsealedDays: [...this.#days.keys()].filter((day) => day > (newestHead?.day ?? '')),
    }
  }

  #place(row: ChainedEntry): void {
    const number = v.is(WellFormed, row) ? this.#numberOf(row) : undefined
    if (number === undefined) return this.#placeUnknown(row)
    const expected = this.#last.number + 1
    const passed: Passed = { number, seq: row.seq, hash: row.hash, suspect: false }
    if (number < expected) return this.#placeEarlier(row, passed)
    const shift = number - row.seq
    if (number > expected) this.#missing.push([expected, number - 1])
    else if (!this.#last.suspect && !equalBytes(row.previous, this.#last.hash)) {
      // The entry before was written anew, with a hash to match; or this is the first, and has something before it.
      this.#report('edited', Math.max(this.#last.seq, 1))
    } else if (shift !== 0 && shift !== this.#shift) this.#report('reordered', row.seq)
    this.#shift = shift
    this.#pass(passed)
  }

  /** An entry whose number was passed already. */
  #placeEarlier(row: ChainedEntry, passed: Passed): void {
    const { number } = passed
    if (this.#takeMissing(number)) return this.#report('reordered', row.seq)
    const predecessor = this.#recent.get(number - 1)
    if (!predecessor || !equalBytes(predecessor.hash, row.previous)) return this.#report('inserted', row.seq)
    // It continues the chain from further back: what stands between does not belong there.
    this.#report('inserted', this.#recent.get(number)?.seq ?? row.seq, this.#last.seq)
    this.#shift = number - row.seq
    this.#pass(passed)
  }

  /** A row that has the hash of no content that it could have had. */
  #placeUnknown(row: ChainedEntry): void {
    this.#report('edited', row.seq)
    const number = row.seq + this.#shift
    const expected = this.#last.number + 1
    if (number < expected) return
    if (number > expected) this.#missing.push([expected, number - 1])
    this.#pass({ number, seq: row.seq, hash: row.hash, suspect: true })
  }

  #pass(passed: Passed): void {
    this.#last = passed
    this.#recent.set(passed.number, passed)
    this.#recent.delete(passed.number - 2 * WINDOW)
  }

  /** The number under which the row's hash is right: its own, or one near it; `undefined` when there is none. */
  #numberOf(row: ChainedEntry): number | undefined {
    const isRight = (seq: number) => seq > 0 && equalBytes(entryHash({ ...row, seq }), row.hash)
    if (isRight(row.seq + this.#shift)) return row.seq + this.#shift
    for (let distance = 0; distance <= WINDOW; distance += 1) {
      if (isRight(row.seq + distance)) return row.seq + distance
      if (isRight(row.seq - distance)) return row.seq - distance
    }
    return undefined
  }

  /** Takes a number out of the missing ones. */
  #takeMissing(number: number): boolean {
    const range = this.#missing.find(([from, to]) => from <= number && number <= to)
    if (!range) return false
    const [from, to] = range
    const rest: [number, number][] = [
      [from, number - 1],
      [number + 1, to],
    ]
    this.#missing = [...this.#missing.filter((other) => other !== range), ...rest.filter(([a, b]) => a <= b)]
    return true
  }

  #checkEnd(state: ChainState | undefined): void {
    const { hash } = this.#last
    const seq = this.#read
    if (!state || state.seq > seq) return this.#report('truncated', seq + 1, state?.seq ?? seq + 1)
    if (state.seq < seq) return this.#report('inserted', state.seq + 1, seq)
    if (!equalBytes(state.hash, hash)) this.#report('edited', seq)
    // Rows that no page can show, since they have no number.
    if (state.total > this.#entries) this.#report('inserted', seq + 1)
  }

  #report(name: 'edited' | 'inserted' | 'reordered' | 'truncated', from: number, to: number = from): void {
    this.#findings.push({ name, from, to })
  }
}
