/**
 * The leaves of the log. Octet 0 is the format's version, 1; octet 1 is the kind; numbers are unsigned 64-bit, big-endian, and
 * at most 2^53 - 1:
 *
 *     1 device list      index 32, version 8, commitment 32
 *     2 account removed  index 32, version 8
 *     3 map root         epoch 8, at 8, entries 8, root 32, index key 32
 *     4 client manifest  sequence 8, digest 32
 *
 * Every kind has one length, so each leaf has one encoding.
 */

import { concatBytes } from '../bytes.ts'
import { readUint64, uint64 } from './uint64.ts'

const FORMAT = 1
const KIND = { deviceList: 1, accountRemoved: 2, mapRoot: 3, clientManifest: 4 } as const

/** A new version of an account's device list. */
export interface DeviceListLeaf {
  readonly kind: 'deviceList'
  /** 32 octets: where the account stands in the map. */
  readonly index: Uint8Array
  /** The list's version, from 1. The first leaf of an index may have any, each further one has the next. */
  readonly version: number
  /** 32 octets: see `commitment.ts`. */
  readonly commitment: Uint8Array
}

/** The end of an account: nothing follows it at this index. */
export interface AccountRemovedLeaf {
  readonly kind: 'accountRemoved'
  readonly index: Uint8Array
  /** One more than that of the last list. */
  readonly version: number
}

/** The map after all leaves before this one. Every checkpoint's last leaf is one. */
export interface MapRootLeaf {
  readonly kind: 'mapRoot'
  /** From 1, each map root one more than the last. */
  readonly epoch: number
  /** Milliseconds since 1970-01-01T00:00Z by the log's clock; never less than the last. */
  readonly at: number
  /** Indexes in the map. */
  readonly entries: number
  /** 32 octets. */
  readonly root: Uint8Array
  /** The public key that indexes are computed under, 32 octets: the same in every leaf, so that all clients have the same one. */
  readonly indexKey: Uint8Array
}

/** A build of the web client. */
export interface ClientManifestLeaf {
  readonly kind: 'clientManifest'
  /** From 1, each manifest one more than the last. */
  readonly sequence: number
  /** SHA-256 of the manifest's octets. */
  readonly digest: Uint8Array
}

export type Leaf = DeviceListLeaf | AccountRemovedLeaf | MapRootLeaf | ClientManifestLeaf

function fieldsOf(leaf: Leaf): (number | Uint8Array)[] {
  switch (leaf.kind) {
    case 'deviceList':
      return [leaf.index, leaf.version, leaf.commitment]
    case 'accountRemoved':
      return [leaf.index, leaf.version]
    case 'mapRoot':
      return [leaf.epoch, leaf.at, leaf.entries, leaf.root, leaf.indexKey]
    case 'clientManifest':
      return [leaf.sequence, leaf.digest]
  }
}

/** Writes a leaf. Throws a `RangeError` when {@link readLeaf} would not take it. */
export function writeLeaf(leaf: Leaf): Uint8Array {
  const fields = fieldsOf(leaf).map((field) => (typeof field === 'number' ? uint64(field) : field))
  const bytes = concatBytes(Uint8Array.of(FORMAT, KIND[leaf.kind]), ...fields)
  if (readLeaf(bytes) === undefined) throw new RangeError('not a leaf')
  return bytes
}

/** Reads a leaf. `undefined` unless it is of a known format and kind, of exactly its length, with numbers in range. */
export function readLeaf(bytes: Uint8Array): Leaf | undefined {
  let at = 2
  const number = (min: number) => {
    const value = readUint64(bytes, at)
    at += 8
    // Not a number stands for one that is out of range: no field may have it.
    return value !== undefined && value >= min ? value : Number.NaN
  }
  const hash = () => {
    at += 32
    return bytes.slice(at - 32, at)
  }
  const leaf = ((): Leaf | undefined => {
    switch (bytes[1]) {
      case KIND.deviceList:
        return { kind: 'deviceList', index: hash(), version: number(1), commitment: hash() }
      case KIND.accountRemoved:
        // Version 1 is a list: what was never there cannot be removed.
        return { kind: 'accountRemoved', index: hash(), version: number(2) }
      case KIND.mapRoot:
        return { kind: 'mapRoot', epoch: number(1), at: number(0), entries: number(0), root: hash(), indexKey: hash() }
      case KIND.clientManifest:
        return { kind: 'clientManifest', sequence: number(1), digest: hash() }
      case undefined:
      default:
        return undefined
    }
  })()
  if (leaf === undefined || bytes[0] !== FORMAT || at !== bytes.length) return undefined
  return fieldsOf(leaf).some((field) => Number.isNaN(field)) ? undefined : leaf
}
