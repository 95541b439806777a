/** Verifying a checkpoint against what is pinned: whose it is, and that the log only grew. */

import { equalBytes } from '../bytes.ts'
import { contradicts, verifyConsistency } from './log/verify.ts'
import type { LookupFailure } from './lookup-failures.ts'
import { type TreeHead, parseCheckpoint } from './notes/checkpoint.ts'
import type { NoteKey } from './notes/keys.ts'
import { parseNote } from './notes/note.ts'
import { type Signer, openNote } from './notes/open.ts'

/** Which log a client follows, and how far it has. */
export interface LogTrust {
  /** The log's name, as the first line of its checkpoints. */
  readonly origin: string
  readonly logKey: NoteKey
  /** Witnesses whose cosignatures count, and how many of them have to have signed: 0 while there are none. */
  readonly witnesses: readonly NoteKey[]
  readonly quorum: number
  /** The newest head that was verified; none before the first. */
  readonly head?: TreeHead | undefined
}

export interface VerifiedHead extends TreeHead {
  /** Those of the known witnesses that signed, with the time in seconds that each gave. */
  readonly witnesses: readonly Signer[]
}

/** Whether a result is a failure's name. */
export function isFailure(result: object | LookupFailure): result is LookupFailure {
  return typeof result === 'string'
}

function verifyGrowth(
  head: TreeHead,
  pinned: TreeHead | undefined,
  proof: readonly Uint8Array[],
): LookupFailure | undefined {
  // Before the first pin, and after the empty tree, there is nothing to have grown from.
  if (pinned === undefined || pinned.size === 0) return proof.length === 0 ? undefined : 'consistencyInvalid'
  if (head.size < pinned.size) return 'checkpointRolledBack'
  if (head.size === pinned.size && !equalBytes(head.root, pinned.root)) return 'checkpointForked'
  if (verifyConsistency(pinned.size, head.size, pinned.root, head.root, proof)) return undefined
  const isFork = contradicts(pinned.size, head.size, pinned.root, head.root, proof)
  return isFork ? 'checkpointForked' : 'consistencyInvalid'
}

/** The head of a checkpoint, once signatures and consistency with the pinned head are verified. */
export function verifyHead(
  source: string,
  consistency: readonly Uint8Array[],
  trust: LogTrust,
): VerifiedHead | LookupFailure {
  const note = parseNote(source)
  const checkpoint = note && parseCheckpoint(note.text)
  if (note === undefined || checkpoint === undefined) return 'checkpointMalformed'
  if (checkpoint.origin !== trust.origin) return 'checkpointForeign'
  const signers = openNote(note, [trust.logKey, ...trust.witnesses])
  if (!signers?.some(({ key }) => key === trust.logKey && key.kind === 'log')) return 'checkpointUnsigned'
  const witnesses = signers.filter(({ key }) => key.kind === 'cosignature')
  if (witnesses.length < trust.quorum) return 'witnessesMissing'
  const { size, root } = checkpoint
  return verifyGrowth({ size, root }, trust.head, consistency) ?? { size, root, witnesses }
}
