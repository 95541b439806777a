/** Witnesses of the log: which of them this device knows, and what it has seen each cosign. */

import { formatVerifierKey, type NoteKey, parseVerifierKey } from '#protocol/merkle/notes/keys.ts'
import type { Core } from '../core.ts'
import { ContentInvalidError } from '../errors.ts'
import { type PinnedLogRecord, WITNESSES, witnessesRecord } from './records.ts'

/** Witnesses that a user may choose. */
const CHOSEN_MOST = 8
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
export function namesOf({ witnesses = [] }: PinnedLogRecord, chosen: readonly string[]): string[] {
  return [...new Set([...chosen, ...witnesses])]
}
