/** Witnesses of the log: which of them this device knows, and what it has seen each cosign. */

import type { LookupHead } from '#protocol/merkle/lookup.ts'
import { isEvidence } from '#protocol/merkle/lookup-failures.ts'
import type { TreeHead } from '#protocol/merkle/notes/checkpoint.ts'
import { parseCosignature } from '#protocol/merkle/notes/cosignature.ts'
import { formatVerifierKey, type NoteKey, parseVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { type Note, parseNote } from '#protocol/merkle/notes/note.ts'
import { isFailure } from '#protocol/merkle/verify-head.ts'
import { verifyWitnessed } from '#protocol/merkle/verify-witnessed.ts'
import type { Core } from '../core.ts'
import { ContentInvalidError } from '../errors.ts'
import { type PinnedLogRecord, WITNESSES, trustIn, witnessesRecord } from './records.ts'

/** A cosignature counts for this long, by this device's clock and the witness's. */
export const COSIGNED_FRESH_MS = 24 * 60 * 60_000
/** Witnesses that a user may choose. */
const CHOSEN_MOST = 8
/** Witnesses that a log's record remembers: what a relay has named over time, and what the user chose. */
export const REMEMBERED_MOST = 24

/** A witness, as an application sees it. */
export interface KeyLogWitness {
  readonly key: string
  /** As its key names it. */
  readonly name: string
  /** The user's choice: then nothing new is believed of the log that none of the chosen ones has cosigned. Else the relay names it. */
  readonly isChosen: boolean
  /** Size of the newest checkpoint of this log that it was seen to have cosigned, and when, by its clock, in milliseconds. */
  readonly size?: number
  readonly at?: number
}

type Cosigned = NonNullable<PinnedLogRecord['cosigned']>

/** A verifier key of a witness, as it is written. @throws ContentInvalidError when the text is none */
export function witnessKey(text: string): NoteKey {
  const key = parseVerifierKey(text)
  if (key?.kind !== 'cosignature') throw new ContentInvalidError('not a verifier key of a witness')
  return key
}

/** Chooses a witness, or no longer. */
export function chooseWitness(core: Core, text: string, isChosen: boolean): Promise<void> {
  const key = formatVerifierKey(witnessKey(text))
  return core.transact(async (draft) => {
    const { chosen } = (await draft.get(witnessesRecord, WITNESSES)) ?? { chosen: [] }
    const others = chosen.filter((one) => one !== key)
    if (isChosen && others.length >= CHOSEN_MOST) throw new ContentInvalidError('too many witnesses')
    draft.put(witnessesRecord, WITNESSES, { chosen: isChosen ? [...others, key] : others })
  })
}

export function witnessesOf(log: PinnedLogRecord, chosen: readonly string[]): KeyLogWitness[] {
  return namesOf(log, chosen).flatMap((key) => {
    const name = parseVerifierKey(key)?.name
    const seen = log.cosigned?.find((one) => one.key === key)
    if (name === undefined) return []
    return [{ key, name, isChosen: chosen.includes(key), ...(seen && { size: seen.size, at: seen.at }) }]
  })
}

/** Each once: a note is not believed under two keys that are the same. */
function namesOf({ witnesses = [] }: PinnedLogRecord, chosen: readonly string[]): string[] {
  return [...new Set([...chosen, ...witnesses])]
}

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
