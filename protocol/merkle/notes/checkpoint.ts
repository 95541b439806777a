/** The text of a checkpoint: C2SP tlog-checkpoint. */

import { equalBytes } from '../../bytes.ts'
import { HASH_LENGTH, emptyRoot } from '../log/hash.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { isNoteText } from './note.ts'

/** A tree's size and root: what two who want to know whether they see the same log compare. */
export interface TreeHead {
  readonly size: number
  readonly root: Uint8Array
}

export interface Checkpoint extends TreeHead {
  /** Names the log. */
  readonly origin: string
  /** Opaque further lines. Ours has none; those of others are read. */
  readonly extensions: readonly string[]
}

/** Writes the text that a log signs. Throws a `RangeError` when {@link parseCheckpoint} would not take it. */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  const text = [origin, String(size), toBase64(root), ...extensions].map((line) => `${line}\n`).join('')
  const parsed = parseCheckpoint(text)
  if (parsed?.origin !== origin || parsed.extensions.length !== extensions.length)
    throw new RangeError('not a checkpoint')
  return text
}

/** Reads a note's text as a checkpoint. `undefined` when it is not exactly in form, or its tree is too large to count. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  if (!isNoteText(text)) return undefined
  const lines = text.slice(0, -1).split('\n')
  const [origin, decimal, encoded, ...extensions] = lines
  if (origin === undefined || decimal === undefined || encoded === undefined || lines.includes('')) return undefined
  if (!/^(0|[1-9]\d{0,15})$/.test(decimal)) return undefined
  const size = Number(decimal)
  const root = fromBase64(encoded)
  if (!Number.isSafeInteger(size) || root?.length !== HASH_LENGTH) return undefined
  // There is one tree without leaves.
  if (size === 0 && !equalBytes(root, emptyRoot())) return undefined
  return { origin, size, root, extensions }
}
