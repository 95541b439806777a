/**
 * Verifying a lookup: all of it, from the signature down to the list's octets. Pure; the caller keeps what it returns.
 *
 * It does not verify the identity key's signature over the list, which is the client's own business as for any list, and does not
 * say that the account is who somebody takes it for.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { equalBytes, fromBase64url } from '../bytes.ts'
import { type DeviceList, parseDeviceList } from '../device-list.ts'
import type { AccountId } from '../primitives.ts'
import { opens } from './commitment.ts'
import { type AccountRemovedLeaf, type DeviceListLeaf, type MapRootLeaf, readLeaf } from './leaf.ts'
import { leafHash } from './log/hash.ts'
import { verifyInclusion } from './log/verify.ts'
import type { LookupFailure } from './lookup-failures.ts'
import { type KeyLookup, type LookupHead, readHashes } from './lookup.ts'
import { verifyMapProof } from './map/proof.ts'
import type { TreeHead } from './notes/checkpoint.ts'
import { type LogTrust, type VerifiedHead, isFailure, verifyHead } from './verify-head.ts'

/** What a client knows of the log before it asks. */
export interface PinnedLog extends LogTrust {
  /** The public key of indexes. */
  readonly indexKey: Uint8Array
}

/** What was asked. */
export interface AskedAccount {
  readonly account: AccountId
  /** The account's index, which the client computed with the server under `indexKey`. */
  readonly index: Uint8Array
  /** The newest list of the account that the client has seen: its version, and SHA-256 of its octets. */
  readonly seen?: { readonly version: number; readonly digest: Uint8Array } | undefined
  /** Milliseconds since 1970-01-01T00:00Z: a map root before it is too old. 0 takes any, as where the clock is not to be trusted. */
  readonly notBefore: number
}

/** What a verified answer says of the account. */
export type LookupFinding =
  | {
      readonly kind: 'listed'
      readonly version: number
      readonly list: DeviceList
      /** SHA-256 of the list's octets. */
      readonly digest: Uint8Array
    }
  | { readonly kind: 'removed'; readonly version: number }
  | { readonly kind: 'absent' }

export interface VerifiedLookup {
  /** To be pinned in the place of the former. */
  readonly head: VerifiedHead
  /** The map's epoch, and its time: milliseconds since 1970-01-01T00:00Z by the log's clock. */
  readonly epoch: number
  readonly at: number
  readonly finding: LookupFinding
}

type Entry = NonNullable<KeyLookup['entry']>

/** The map root at the end of the log, where every checkpoint has one: so no older one can pass for the newest. */
function verifyMapRoot(
  answer: LookupHead,
  head: TreeHead,
  pinned: PinnedLog,
  notBefore: number,
): MapRootLeaf | LookupFailure {
  const bytes = fromBase64url(answer.mapRoot.leaf)
  const inclusion = readHashes(answer.mapRoot.inclusion)
  if (!verifyInclusion(head.size - 1, head.size, leafHash(bytes), inclusion, head.root)) return 'inclusionInvalid'
  const leaf = readLeaf(bytes)
  if (leaf?.kind !== 'mapRoot') return 'mapRootInvalid'
  if (!equalBytes(leaf.indexKey, pinned.indexKey)) return 'indexKeyChanged'
  return leaf.at < notBefore ? 'mapRootStale' : leaf
}

/** The leaf that the map names at the account's index. */
function verifyEntry(
  entry: Entry,
  value: Uint8Array,
  head: TreeHead,
  asked: Omit<AskedAccount, 'notBefore'>,
): DeviceListLeaf | AccountRemovedLeaf | LookupFailure {
  const bytes = fromBase64url(entry.leaf)
  const hash = leafHash(bytes)
  if (!equalBytes(hash, value)) return 'mapProofInvalid'
  if (!verifyInclusion(entry.position, head.size, hash, readHashes(entry.inclusion), head.root))
    return 'inclusionInvalid'
  const leaf = readLeaf(bytes)
  if (leaf?.kind !== 'deviceList' && leaf?.kind !== 'accountRemoved') return 'leafInvalid'
  if (!equalBytes(leaf.index, asked.index)) return 'leafInvalid'
  return leaf.version < (asked.seen?.version ?? 0) ? 'versionRolledBack' : leaf
}

/** What the leaf says, with its commitment opened. */
function openEntry(
  { opened }: Entry,
  leaf: DeviceListLeaf | AccountRemovedLeaf,
  { account, seen }: Omit<AskedAccount, 'notBefore'>,
): LookupFinding | LookupFailure {
  if (leaf.kind === 'accountRemoved') {
    return opened === undefined ? { kind: 'removed', version: leaf.version } : 'openingMissing'
  }
  if (opened === undefined) return 'openingMissing'
  const bytes = fromBase64url(opened.list.bytes)
  if (!opens(fromBase64url(opened.opening), leaf.commitment, leaf, bytes)) return 'commitmentMismatch'
  const list = parseDeviceList(opened.list)
  if (list === undefined) return 'listInvalid'
  if (list.account !== account) return 'accountMismatch'
  if (list.version !== leaf.version) return 'versionMismatch'
  const digest = sha256(bytes)
  if (seen?.version === leaf.version && !equalBytes(seen.digest, digest)) return 'versionForked'
  return { kind: 'listed', version: leaf.version, list, digest }
}

/** A head that was verified, with the map root at its end. */
export interface VerifiedEpoch {
  readonly head: VerifiedHead
  readonly mapRoot: MapRootLeaf
}

/**
 * Verifies what is the same for all accounts of an answer: the log's signature and witnesses, that the log grew from what is
 * pinned, and that its last leaf is a map root under the pinned index key.
 *
 * @param notBefore see {@link AskedAccount}
 */
export function verifyEpoch(answer: LookupHead, pinned: PinnedLog, notBefore: number): VerifiedEpoch | LookupFailure {
  const head = verifyHead(answer.checkpoint, readHashes(answer.consistency), pinned)
  if (isFailure(head)) return head
  const mapRoot = verifyMapRoot(answer, head, pinned, notBefore)
  return isFailure(mapRoot) ? mapRoot : { head, mapRoot }
}

/**
 * Verifies what is about one account, under an epoch that was verified: what the map holds for it, that the leaf it names is in the
 * log, and that the list served is the one the leaf commits to.
 */
export function verifyAccount(
  { map, entry }: Omit<KeyLookup, keyof LookupHead>,
  { head, mapRoot }: VerifiedEpoch,
  asked: Omit<AskedAccount, 'notBefore'>,
): LookupFinding | LookupFailure {
  const found = verifyMapProof(mapRoot.root, asked.index, fromBase64url(map))
  if (found === undefined) return 'mapProofInvalid'
  if (!found.present) {
    if (entry !== undefined) return 'entryUnexpected'
    return asked.seen !== undefined ? 'entryVanished' : { kind: 'absent' }
  }
  if (entry === undefined) return 'entryMissing'
  const leaf = verifyEntry(entry, found.value, head, asked)
  return isFailure(leaf) ? leaf : openEntry(entry, leaf, asked)
}

/** Verifies an answer about one account that was parsed as `KeyLookup`: all of it. */
export function verifyLookup(
  answer: KeyLookup,
  pinned: PinnedLog,
  asked: AskedAccount,
): VerifiedLookup | LookupFailure {
  const epoch = verifyEpoch(answer, pinned, asked.notBefore)
  if (isFailure(epoch)) return epoch
  const finding = verifyAccount(answer, epoch, asked)
  if (isFailure(finding)) return finding
  return { head: epoch.head, epoch: epoch.mapRoot.epoch, at: epoch.mapRoot.at, finding }
}
