/** What a log asks a witness (C2SP tlog-witness, `POST /add-checkpoint`), and how its answer is read. */

import { toBase64 } from './base64.ts'
import type { NoteKey } from './keys.ts'
import { type NoteSignature, formatNote, parseNote } from './note.ts'
import { openNote } from './open.ts'

/** The path below a witness's address. */
export const ADD_CHECKPOINT = 'add-checkpoint'

/** The request that shows a signed checkpoint, and how the log grew to it from `old`, the size that the witness cosigned last. */
export function addCheckpointRequest(old: number, proof: readonly Uint8Array[], checkpoint: string): string {
  return `old ${old}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${checkpoint}`
}

/** The witness's signature line in its answer; `undefined` unless it verifies over the checkpoint. Other lines are ignored. */
export function readCosignature(checkpoint: string, key: NoteKey, answer: string): NoteSignature | undefined {
  const text = parseNote(checkpoint)?.text
  const found = parseNote(`${text}\n${answer}`)?.signatures.find(
    ({ name, keyId }) => name === key.name && keyId === key.keyId,
  )
  if (text === undefined || found === undefined) return undefined
  return openNote({ text, signatures: [found] }, [key])?.length === 1 ? found : undefined
}

/** A signed note with further signatures at its end. */
export function withCosignatures(checkpoint: string, cosignatures: readonly NoteSignature[]): string {
  const note = parseNote(checkpoint)
  if (note === undefined) throw new RangeError('not a note')
  return formatNote({ text: note.text, signatures: [...note.signatures, ...cosignatures] })
}
