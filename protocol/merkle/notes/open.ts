/** Whose signatures a note carries: C2SP signed-note, "Signatures". */

import { utf8 } from '../../bytes.ts'
import { cosignatureInput, parseCosignature } from './cosignature.ts'
import { type NoteKey, verifyEd25519 } from './keys.ts'
import type { Note, NoteSignature } from './note.ts'

/** A known key whose signature verified. */
export interface Signer {
  readonly key: NoteKey
  /** Of a cosignature: seconds since 1970-01-01T00:00Z by the witness's clock. */
  readonly time?: number
}

function signerOf(text: string, { signature }: NoteSignature, key: NoteKey): Signer | undefined {
  if (key.kind === 'log') return verifyEd25519(key.publicKey, utf8(text), signature) ? { key } : undefined
  const cosignature = parseCosignature(text, signature)
  if (cosignature === undefined) return undefined
  const { time } = cosignature
  return verifyEd25519(key.publicKey, cosignatureInput(time, text), cosignature.signature) ? { key, time } : undefined
}

/**
 * Those of `known` that signed the note, each once, in the order of the note. Signatures of others are ignored. `undefined`
 * when a signature that names a known key does not verify, or when two known keys have one name and id: then nothing in the
 * note is to be believed.
 */
export function openNote({ text, signatures }: Note, known: readonly NoteKey[]): Signer[] | undefined {
  const signers: Signer[] = []
  for (const signature of signatures) {
    const [key, ...others] = known.filter(({ name, keyId }) => name === signature.name && keyId === signature.keyId)
    if (key === undefined || signers.some((signer) => signer.key === key)) continue
    const signer = others.length === 0 ? signerOf(text, signature, key) : undefined
    if (signer === undefined) return undefined
    signers.push(signer)
  }
  return signers
}
