/** Verifying that a build of the web client is in the log: by whoever is served it, a page's service worker or a command. Pure. */

import { equalBytes, fromBase64url } from '../bytes.ts'
import type { ClientLogAnswer } from '../http/client-log.ts'
import { readLeaf } from './leaf.ts'
import { leafHash } from './log/hash.ts'
import { verifyInclusion } from './log/verify.ts'
import { readHashes } from './lookup.ts'
import type { LookupFailure } from './lookup-failures.ts'
import { type LogTrust, type VerifiedHead, isFailure, verifyHead } from './verify-head.ts'

/** Besides those of lookups. */
export type ManifestFailure =
  | LookupFailure
  /** The log has no such manifest, or does not show it. */
  | 'manifestUnlogged'
  /** The build is older than one that was served before. */
  | 'clientRolledBack'

export interface VerifiedManifest {
  /** To be pinned. */
  readonly head: VerifiedHead
  /** The number of the build in the log. */
  readonly sequence: number
}

/**
 * @param digest SHA-256 of the manifest that was served, in base64url
 * @param newest the number of the newest build that was verified before; 0 for none
 */
export function verifyManifest(
  { checkpoint, consistency, manifest }: ClientLogAnswer,
  trust: LogTrust,
  digest: string,
  newest: number,
): VerifiedManifest | ManifestFailure {
  const head = verifyHead(checkpoint, readHashes(consistency), trust)
  if (isFailure(head)) return head
  if (manifest === undefined) return 'manifestUnlogged'
  const bytes = fromBase64url(manifest.leaf)
  const leaf = readLeaf(bytes)
  if (leaf?.kind !== 'clientManifest' || !equalBytes(leaf.digest, fromBase64url(digest))) return 'manifestUnlogged'
  const inclusion = readHashes(manifest.inclusion)
  if (!verifyInclusion(manifest.position, head.size, leafHash(bytes), inclusion, head.root)) return 'inclusionInvalid'
  return leaf.sequence < newest ? 'clientRolledBack' : { head, sequence: leaf.sequence }
}
