/** Making the answer to a lookup: the server's side of `verify-lookup.ts`. */

import { toBase64url } from '../bytes.ts'
import type { SignedDeviceList } from '../device-list.ts'
import type { ReadNode } from './log/nodes.ts'
import { proveConsistency, proveInclusion } from './log/prove.ts'
import { type KeyLookup, type LookupHead, joinHashes } from './lookup.ts'
import type { MapPages } from './map/page.ts'
import { proveMap } from './map/prove.ts'

/** What is published: a checkpoint, and the tree and map that it is of. */
export interface PublishedLog {
  /** The signed note. */
  readonly checkpoint: string
  readonly size: number
  readonly read: ReadNode
  /** As they stood at the checkpoint. */
  readonly pages: MapPages
  /** The octets of the last leaf. */
  readonly mapRoot: Uint8Array
}

/** The newest leaf of an account, and what it commits to. */
export interface LoggedEntry {
  readonly position: number
  readonly leaf: Uint8Array
  /** For a device list. */
  readonly opened?: { readonly opening: Uint8Array; readonly list: SignedDeviceList } | undefined
}

function hashes(proof: readonly Uint8Array[]): string {
  return toBase64url(joinHashes(proof))
}

/**
 * What is the same for all indexes of one answer.
 *
 * @param since the size of the checkpoint that the client has pinned, 0 for none. Throws a `RangeError` when it is above the
 *   published one: then the client has seen a log that this is not.
 */
export function answerHead({ checkpoint, size, read, mapRoot }: PublishedLog, since: number): LookupHead {
  return {
    checkpoint,
    consistency: since === 0 ? '' : answerGrowth({ size, read }, since),
    mapRoot: { leaf: toBase64url(mapRoot), inclusion: hashes(proveInclusion(read, size - 1, size)) },
  }
}

/** How the published log grew from a smaller size of it. Throws a `RangeError` when that is not smaller, nor the same. */
export function answerGrowth({ size, read }: Pick<PublishedLog, 'size' | 'read'>, since: number): string {
  return hashes(proveConsistency(read, since, size))
}

/** A leaf, and that it is in the log. */
export function answerLeaf(
  { size, read }: PublishedLog,
  position: number,
  leaf: Uint8Array,
): { position: number; leaf: string; inclusion: string } {
  return { position, leaf: toBase64url(leaf), inclusion: hashes(proveInclusion(read, position, size)) }
}

/** What is about `index`. Without `entry` it proves that there is none. */
export function answerAt(
  published: PublishedLog,
  index: Uint8Array,
  entry?: LoggedEntry,
): Omit<KeyLookup, keyof LookupHead> {
  return {
    map: toBase64url(proveMap(published.pages, index)),
    ...(entry && {
      entry: {
        ...answerLeaf(published, entry.position, entry.leaf),
        ...(entry.opened && { opened: { opening: toBase64url(entry.opened.opening), list: entry.opened.list } }),
      },
    }),
  }
}

/** The whole answer about one index. */
export function answerLookup(log: PublishedLog, index: Uint8Array, since: number, entry?: LoggedEntry): KeyLookup {
  return { ...answerHead(log, since), ...answerAt(log, index, entry) }
}
