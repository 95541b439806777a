/** What heads and kept positions say, against what the entries said. */

import { equalBytes } from '#protocol/bytes.ts'
import { isHeadSigned, saysTheSame } from './heads.ts'
import type { Finding, VerifierInput } from './report.ts'

/**
 * Findings about heads. `days`: how many entries each day has, and the last one's number; `hashes`: the entries' hashes at
 * the numbers that are spoken of; `end`: the last number of all.
 */
export function verifyHeads(
  { heads, publicKeys, kept }: VerifierInput,
  days: ReadonlyMap<string, { readonly count: number; readonly last: number }>,
  hashes: ReadonlyMap<number, Uint8Array | undefined>,
  end: number,
): Finding[] {
  const findings: Finding[] = []
  const isAt = (seq: number, hash: Uint8Array) => equalBytes(hashes.get(seq) ?? new Uint8Array(), hash)
  const known = new Map(heads.map((head) => [head.day, head]))
  const keptDays = new Map((kept?.heads ?? []).map((head) => [head.day, head]))

  for (const [head, isKept] of [
    ...heads.map((one) => [one, false] as const),
    ...[...keptDays.values()].map((one) => [one, true] as const),
  ]) {
    const finding = (name: 'headMismatch' | 'headUnsigned') => findings.push({ name, day: head.day, kept: isKept })
    if (!isHeadSigned(head, publicKeys)) finding('headUnsigned')
    const day = days.get(head.day)
    const fits = day?.count === head.count && day.last === head.seq && isAt(head.seq, head.hash)
    const other = isKept ? known.get(head.day) : undefined
    if (fits && (!other || saysTheSame(head, other))) continue
    finding('headMismatch')
    if (head.seq > end) findings.push({ name: 'truncated', from: end + 1, to: head.seq })
  }

  const missing = new Set<string>()
  const newest = [...known.keys(), ...keptDays.keys()].sort().at(-1) ?? ''
  for (const day of [...days.keys(), ...keptDays.keys()]) if (day <= newest && !known.has(day)) missing.add(day)
  for (const [at, { day, after }] of heads.entries()) {
    if (after === (heads[at - 1]?.day ?? null)) continue
    if (after !== null && !known.has(after)) missing.add(after)
    else findings.push({ name: 'headMismatch', day, kept: false })
  }
  for (const day of missing) findings.push({ name: 'headMissing', day, kept: false })

  for (const { seq, hash } of kept?.positions ?? []) {
    if (seq > end) findings.push({ name: 'truncated', from: end + 1, to: seq })
    else if (seq > 0 && !isAt(seq, hash)) findings.push({ name: 'positionMismatch', from: seq })
  }
  return findings
}
