/** Verifying what witnesses cosigned: that it is of the log, and that the head which a client believes grew from it. */

import { equalBytes } from '../bytes.ts'
import { contradicts, verifyConsistency } from './log/verify.ts'
import type { LookupFailure } from './lookup-failures.ts'
import { type LookupHead, readHashes } from './lookup.ts'
import { type TreeHead, parseCheckpoint } from './notes/checkpoint.ts'
import { parseNote } from './notes/note.ts'
import { type Signer, openNote } from './notes/open.ts'
import type { LogTrust } from './verify-head.ts'

type Witnessed = NonNullable<LookupHead['witnessed']>

export interface VerifiedWitnesses {
  /** Size of the checkpoint that they cosigned. */
  readonly size: number
  /** Those of the known ones that did, with the time in seconds that each gave. */
  readonly witnesses: readonly Signer[]
}

/**
 * Who cosigned the checkpoint that `head` grew from. Each failure but `checkpointForked` says only that this proves nothing: whoever is in
 * between can cause it. `checkpointForked`: the log signed both, and they do not go together.
 */
export function verifyWitnessed(
  { checkpoint: source, consistency }: Witnessed,
  head: TreeHead,
  { origin, logKey, witnesses: known }: Pick<LogTrust, 'origin' | 'logKey' | 'witnesses'>,
): VerifiedWitnesses | LookupFailure {
  const note = parseNote(source)
  const checkpoint = note && parseCheckpoint(note.text)
  if (note === undefined || checkpoint === undefined) return 'checkpointMalformed'
  if (checkpoint.origin !== origin) return 'checkpointForeign'
  const signers = openNote(note, [logKey, ...known])
  if (!signers?.some(({ key }) => key === logKey)) return 'checkpointUnsigned'
  const { size, root } = checkpoint
  const proof = readHashes(consistency)
  if (size > head.size) return 'consistencyInvalid'
  if (size === head.size) {
    if (!equalBytes(root, head.root)) return 'checkpointForked'
    if (proof.length > 0) return 'consistencyInvalid'
  } else if (!verifyConsistency(size, head.size, root, head.root, proof)) {
    return contradicts(size, head.size, root, head.root, proof) ? 'checkpointForked' : 'consistencyInvalid'
  }
  return { size, witnesses: signers.filter(({ key }) => key.kind === 'cosignature') }
}
