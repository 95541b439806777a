/** Brings a published log's newest checkpoint to a witness, with the proof that it grew. */

import type { ReadPublished } from '#protocol/merkle/audit/audit.ts'
import { fromUtf8 } from '#protocol/bytes.ts'
import { readGrowth } from '#protocol/merkle/published-growth.ts'
import { parseCheckpoint } from '#protocol/merkle/notes/checkpoint.ts'
import { parseNote } from '#protocol/merkle/notes/note.ts'
import { addCheckpointRequest } from '#protocol/merkle/notes/witness-request.ts'

/** Posts a body to the witness. */
export type PostCheckpoint = (body: string) => Promise<{ readonly status: number; readonly body: string }>

async function proofOf(read: ReadPublished, old: number, size: number): Promise<readonly Uint8Array[]> {
  if (old === 0 || old >= size) return []
  const [growth] = await readGrowth(read, [old], size)
  return growth?.proof ?? []
}

/** The witness's cosignature line for the log's present checkpoint. Rejects when it gives none. */
export async function feed(read: ReadPublished, post: PostCheckpoint): Promise<string> {
  const bytes = await read('checkpoint')
  const source = bytes === undefined ? '' : fromUtf8(bytes)
  const size = parseCheckpoint(parseNote(source)?.text ?? '')?.size
  if (size === undefined) throw new Error('The log has no checkpoint.')
  let old = 0
  // A witness that stands elsewhere says where.
  for (let turn = 0; turn < 2; turn += 1) {
    const { status, body } = await post(addCheckpointRequest(old, await proofOf(read, old, size), source))
    if (status === 200) return body
    const stands = Number(body.trim())
    if (status !== 409 || !Number.isSafeInteger(stands) || stands > size || stands === old) {
      throw new Error(`The witness refuses, with status ${status}.`)
    }
    old = stands
  }
  throw new Error('The witness moved on meanwhile.')
}
