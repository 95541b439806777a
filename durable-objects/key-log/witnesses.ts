/** Witnesses of the log: which there are, what each has cosigned, and what is asked of one. C2SP tlog-witness. */

import { KEY_LOG_LIMITS } from '#protocol/merkle/limits.ts'
import { type NoteKey, parseVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { ADD_CHECKPOINT, readCosignature } from '#protocol/merkle/notes/witness-request.ts'
import { signatureLine } from '#protocol/merkle/notes/note.ts'

/** A witness that the deployment asks. */
export interface WitnessSetting {
  /** Its verifier key, as text. */
  readonly verifierKey: string
  readonly key: NoteKey
  /** Where it answers: its address, and the path of the operation. */
  readonly url: string
}

/**
 * Reads the setting: verifier key and address of each, with a space between, and a comma between witnesses.
 * Throws a `RangeError` that names no part of it when one is none, or there are too many.
 */
export function readWitnesses(setting: string | undefined): WitnessSetting[] {
  const entries = (setting ?? '').split(',').map((entry) => entry.trim())
  const witnesses = entries.filter(Boolean).map((entry): WitnessSetting => {
    const [verifierKey = '', address = '', ...more] = entry.split(/\s+/)
    const key = parseVerifierKey(verifierKey)
    const isAddress = URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)
    if (key?.kind !== 'cosignature' || !isAddress || more.length > 0) throw new RangeError('not a witness')
    return { verifierKey, key, url: `${address.replace(/\/+$/, '')}/${ADD_CHECKPOINT}` }
  })
  const isTwice = new Set(witnesses.map(({ verifierKey }) => verifierKey)).size < witnesses.length
  if (isTwice || witnesses.length > KEY_LOG_LIMITS.witnesses) throw new RangeError('witnesses twice, or too many')
  return witnesses
}

/** What a witness is shown. */
export interface Shown {
  readonly size: number
  /** The signed note, without cosignatures. */
  readonly checkpoint: string
  /** The body of the request. */
  readonly request: string
}

/** `stands`: it cosigned another size last, or has another root at this one. `refused`: anything else, by its status. */
export type WitnessAnswer =
  | { readonly answer: 'cosigned'; readonly line: string }
  | { readonly answer: 'stands'; readonly size: number }
  | { readonly answer: 'refused'; readonly status: number }

/** Sends a body to a witness. Rejects when it does not answer in time. */
export type PostToWitness = (url: string, body: string) => Promise<{ readonly status: number; readonly body: string }>

/** Asks one witness for its cosignature. Rejects as `post` does. */
export async function askWitness(
  { key, url }: WitnessSetting,
  { checkpoint, request }: Shown,
  post: PostToWitness,
): Promise<WitnessAnswer> {
  const { status, body } = await post(url, request)
  if (status === 409 && /^(0|[1-9]\d{0,15})$/.test(body.trim())) return { answer: 'stands', size: Number(body.trim()) }
  const cosignature = status === 200 ? readCosignature(checkpoint, key, body) : undefined
  return cosignature === undefined
    ? { answer: 'refused', status }
    : { answer: 'cosigned', line: signatureLine(cosignature) }
}
