/** A key log in memory, which does what it is told: an honest one, and with `lie` one that is not. */

import { fromBase64url, toBase64url, utf8 } from '../../bytes.ts'
import type { SignedDeviceList } from '../../device-list.ts'
import { type LoggedEntry, type PublishedLog, answerLookup } from '../answer.ts'
import { commit, openingFor } from '../commitment.ts'
import { deriveIndexKey, indexOf } from '../index-oprf.ts'
import { type Leaf, writeLeaf } from '../leaf.ts'
import { leafHash } from '../log/hash.ts'
import { rootOf } from '../log/nodes.ts'
import type { KeyLookup } from '../lookup.ts'
import { memoryPages } from '../map/memory.ts'
import { updateMap } from '../map/update.ts'
import { formatCheckpoint } from '../notes/checkpoint.ts'
import { formatNote } from '../notes/note.ts'
import { cosign, noteSigner, signText } from '../notes/sign.ts'
import type { PinnedLog } from '../verify-lookup.ts'
import { nodesOver } from './log.ts'

export const ORIGIN = 'relay.example/keys'
export const LOG = noteSigner(ORIGIN, 'log', new Uint8Array(32).fill(1))
export const WITNESSES = [2, 3].map((seed) =>
  noteSigner(`witness${seed}.example`, 'cosignature', new Uint8Array(32).fill(seed)),
)
export const INDEX_KEY = deriveIndexKey(new Uint8Array(32).fill(4), utf8('test'))
const OPENINGS = new Uint8Array(32).fill(5)

/** What a client of this log has in its configuration. */
export const PINNED: PinnedLog = {
  origin: ORIGIN,
  logKey: LOG.key,
  witnesses: WITNESSES.map(({ key }) => key),
  quorum: 1,
  indexKey: INDEX_KEY.publicKey,
}

/** An account's id. */
export function accountId(number: number): string {
  return toBase64url(new Uint8Array(16).fill(number))
}

const indexes = new Map<string, Uint8Array>()

/** An account's index under the log's key, computed once. */
export function testIndex(account: string): Uint8Array {
  const index = indexes.get(account) ?? indexOf(INDEX_KEY, account)
  indexes.set(account, index)
  return index
}

/** A list's octets, with a signature that nobody here looks at. */
export function deviceList(account: string, version: number, devices = 1): SignedDeviceList {
  const list = {
    account,
    version,
    identityKey: toBase64url(new Uint8Array(33).fill(5)),
    devices: Array.from({ length: devices }, (_, at) => ({
      id: at + 1,
      registrationId: 16_000,
      deviceKey: toBase64url(new Uint8Array(32).fill(at)),
    })),
  }
  return { bytes: toBase64url(utf8(JSON.stringify(list))), signature: toBase64url(new Uint8Array(64)) }
}

/** A signed and cosigned checkpoint. */
export function checkpointOf(size: number, root: Uint8Array, origin = ORIGIN): string {
  const text = formatCheckpoint({ origin, size, root, extensions: [] })
  const cosignatures = WITNESSES.map((witness) => cosign(witness, text, 1_700_000_000))
  return formatNote({ text, signatures: [signText(LOG, text), ...cosignatures] })
}

export class TestKeyLog {
  readonly leaves: Uint8Array[] = []
  readonly #pages = memoryPages()
  readonly #entries = new Map<string, LoggedEntry>()
  #epoch = 0

  /** The leaf for an account's new list, with its opening. */
  static leafFor(account: string, version: number, list: SignedDeviceList): { leaf: Leaf; opening: Uint8Array } {
    const index = testIndex(account)
    const opening = openingFor(OPENINGS, { index, version })
    const commitment = commit(opening, { index, version }, fromBase64url(list.bytes))
    return { leaf: { kind: 'deviceList', index, version, commitment }, opening }
  }

  /** Logs a list, or the end of an account. */
  log(account: string, version: number, list?: SignedDeviceList): void {
    const index = testIndex(account)
    if (list === undefined) return this.put(index, { kind: 'accountRemoved', index, version })
    const { leaf, opening } = TestKeyLog.leafFor(account, version, list)
    this.put(index, leaf, { opening, list })
  }

  /** Logs a leaf, and has the map name it at `index`. */
  put(index: Uint8Array, leaf: Leaf, opened?: LoggedEntry['opened']): void {
    const bytes = writeLeaf(leaf)
    updateMap(this.#pages, [{ index, value: leafHash(bytes) }])
    this.#entries.set(toBase64url(index), { position: this.leaves.length, leaf: bytes, opened })
    this.leaves.push(bytes)
  }

  /** Ends an epoch: the map's root is logged, and all is signed. */
  publish(lie: Partial<Extract<Leaf, { kind: 'mapRoot' }>> = {}): PublishedLog {
    this.#epoch += 1
    const root = updateMap(this.#pages, [])
    const honest = { epoch: this.#epoch, at: this.#epoch * 1_000, entries: this.#entries.size, root }
    const mapRoot = writeLeaf({ kind: 'mapRoot', ...honest, indexKey: INDEX_KEY.publicKey, ...lie })
    this.leaves.push(mapRoot)
    const read = nodesOver(this.leaves.map(leafHash))
    const size = this.leaves.length
    return { checkpoint: checkpointOf(size, rootOf(read, size)), size, read, pages: this.#pages, mapRoot }
  }

  /** Answers as an honest log would. */
  answer(published: PublishedLog, account: string, since = 0): KeyLookup {
    const index = testIndex(account)
    return answerLookup(published, index, since, this.#entries.get(toBase64url(index)))
  }
}
