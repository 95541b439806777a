/** What a path adds to an epoch's keys (RFC 9420 section 7.4). */

import { getCommitSecret } from 'ts-mls/pathSecrets.js'
import type { RatchetTree } from 'ts-mls/ratchetTree.js'
import { toNodeIndex } from 'ts-mls/treemath.js'
import type { PathSecret } from 'ts-mls/updatePath.js'
import type { Suite } from './suite.ts'

/** Zeroes without a path (section 8), and in a group of one, where nobody else has to agree on it. */
export async function commitSecretOf(
  tree: RatchetTree,
  secrets: readonly PathSecret[],
  suite: Suite,
): Promise<Uint8Array> {
  const last = secrets.at(-1)
  if (last === undefined) return new Uint8Array(suite.kdf.size)
  return getCommitSecret(tree, toNodeIndex(last.nodeIndex), last.secret, suite.kdf)
}
