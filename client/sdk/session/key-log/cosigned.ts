/** What witnesses cosigned, as an answer of the log shows it. */

import type { LookupHead } from '#protocol/merkle/lookup.ts'
import { isEvidence } from '#protocol/merkle/lookup-failures.ts'
import type { TreeHead } from '#protocol/merkle/notes/checkpoint.ts'
import { parseCosignature } from '#protocol/merkle/notes/cosignature.ts'
import { formatVerifierKey, type NoteKey, parseVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { type Note, parseNote } from '#protocol/merkle/notes/note.ts'
import { isFailure } from '#protocol/merkle/verify-head.ts'
import { verifyWitnessed } from '#protocol/merkle/verify-witnessed.ts'
import { type PinnedLogRecord, REMEMBERED_MOST, trustIn } from './records.ts'
import { namesOf } from './witnesses.ts'

/** A cosignature counts for this long, by this device's clock and the witness's. */
const COSIGNED_FRESH_MS = 24 * 60 * 60_000

type Cosigned = NonNullable<PinnedLogRecord['cosigned']>

/** Whether the user's choice is met: one of the chosen has cosigned lately, or none was chosen. */
export function isWitnessed({ cosigned = [] }: PinnedLogRecord, chosen: readonly string[], now: number): boolean {
  return (
    chosen.length === 0 ||
    cosigned.some(({ key, at }) => chosen.includes(key) && Math.abs(now - at) <= COSIGNED_FRESH_MS)
  )
}

/**
 * What is known of the witnesses with an answer, whose head was verified; `forked` when the log signed what they cosigned, and that
 * head did not grow from it. What proves nothing is left out.
 */
export function withCosigned(
  log: PinnedLogRecord,
  chosen: readonly string[],
  { witnessed }: LookupHead,
  head: TreeHead,
): Cosigned | 'forked' {
  const before = log.cosigned ?? []
  const trust = trustIn(log)
  const note = witnessed && parseNote(witnessed.checkpoint)
  if (witnessed === undefined || note === undefined || trust === undefined) return before
  const keys = namesOf(log, chosen).flatMap((text) => parseVerifierKey(text) ?? [])
  // What a witness was seen to have cosigned needs no signature verified again.
  const known = keys.filter((key) => isNews(note, key, before))
  if (known.length === 0) return before
  const verified = verifyWitnessed(witnessed, head, { ...trust, witnesses: known })
  if (isFailure(verified)) return isEvidence(verified) ? 'forked' : before
  const cosigned = new Map(before.map((one) => [one.key, one]))
  for (const { key, time = 0 } of verified.witnesses) {
    const text = formatVerifierKey(key)
    const seen = cosigned.get(text)
    if (seen !== undefined && seen.size > verified.size) continue
    const at = Math.max(seen?.at ?? 0, time * 1_000)
    cosigned.delete(text)
    cosigned.set(text, { key: text, size: verified.size, at, note: note.text })
  }
  return [...cosigned.values()].slice(-REMEMBERED_MOST)
}

/** Whether a witness's line says something that is not known of it. Nothing of it is verified. */
function isNews({ text, signatures }: Note, key: NoteKey, before: Cosigned): boolean {
  const line = signatures.find(({ name, keyId }) => name === key.name && keyId === key.keyId)
  const time = line && parseCosignature(text, line.signature)?.time
  const seen = before.find((one) => one.key === formatVerifierKey(key))
  return time !== undefined && (seen?.note !== text || seen.at < time * 1_000)
}
