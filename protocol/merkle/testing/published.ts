/** A published log in memory, honest or not, for auditors. */

import { concatBytes, utf8 } from '../../bytes.ts'
import { type Leaf, type MapRootLeaf, writeLeaf } from '../leaf.ts'
import { writeBundle } from '../log/bundles.ts'
import { EMPTY_EDGE, append, edgeRoot } from '../log/edge.ts'
import { leafHash } from '../log/hash.ts'
import { TILE_WIDTH, bundlePath, tilePath } from '../log/tiles.ts'
import type { MapEntry } from '../map/hash.ts'
import { memoryPages } from '../map/memory.ts'
import { updateMap } from '../map/update.ts'
import { formatCheckpoint } from '../notes/checkpoint.ts'
import { formatNote } from '../notes/note.ts'
import { type NoteSigner, cosign, signText } from '../notes/sign.ts'
import { INDEX_KEY, LOG, ORIGIN, WITNESSES } from './server.ts'

/** What an auditor of it knows. */
export const AUDITED = {
  origin: ORIGIN,
  key: LOG.key,
  indexKey: INDEX_KEY.publicKey,
  witnesses: WITNESSES.map(({ key }) => key),
}

/** The index number `number`, spread as a pseudorandom function spreads them. */
export function indexNumber(number: number): Uint8Array {
  return leafHash(utf8(`index ${number}`))
}

export class PublishedTestLog {
  readonly files = new Map<string, Uint8Array>()
  readonly #pages = memoryPages()
  readonly #indexes = new Set<number>()
  #edge = EMPTY_EDGE
  #bundle: Uint8Array[] = []
  #waiting: Uint8Array[] = []
  #changes: MapEntry[] = []
  #epoch = 0

  /** A version of a list, or the end, of the account `number`. */
  put(number: number, version: number, isRemoved = false): this {
    const index = indexNumber(number)
    const commitment = leafHash(utf8(`${number} ${version}`))
    const leaf: Leaf = isRemoved
      ? { kind: 'accountRemoved', index, version }
      : { kind: 'deviceList', index, version, commitment }
    this.#indexes.add(number)
    this.#changes.push({ index, value: leafHash(writeLeaf(leaf)) })
    return this.leaf(writeLeaf(leaf))
  }

  /** Any leaf, and nothing else. */
  leaf(bytes: Uint8Array): this {
    this.#waiting.push(bytes)
    return this
  }

  /** Ends an epoch with its map root, in which a liar changes something, and publishes. */
  publish(lie: Partial<MapRootLeaf> = {}): this {
    this.#epoch += 1
    const root = updateMap(this.#pages, this.#changes)
    const honest = { epoch: this.#epoch, at: this.#epoch * 1_000, entries: this.#indexes.size, root }
    this.leaf(writeLeaf({ kind: 'mapRoot', ...honest, indexKey: INDEX_KEY.publicKey, ...lie }))
    this.#changes = []
    return this.sign()
  }

  /** Publishes what there is, with or without a map root. */
  sign(): this {
    const grown = append(this.#edge, this.#waiting.map(leafHash))
    for (const tile of grown.tiles) this.files.set(tilePath(tile), tile.bytes)
    for (const [at, leaf] of this.#waiting.entries()) {
      const position = this.#edge.size + at
      if (position % TILE_WIDTH === 0) this.#bundle = []
      this.#bundle.push(leaf)
      const width = this.#bundle.length
      const isLast = at === this.#waiting.length - 1
      if (width < TILE_WIDTH && !isLast) continue
      this.files.set(bundlePath({ index: Math.floor(position / TILE_WIDTH), width }), writeBundle(this.#bundle))
    }
    this.#waiting = []
    this.#edge = grown.edge
    return this.cosigned([])
  }

  /** Has the checkpoint cosigned by these. */
  cosigned(witnesses: readonly NoteSigner[]): this {
    const { size } = this.#edge
    const text = formatCheckpoint({ origin: ORIGIN, size, root: edgeRoot(this.#edge), extensions: [] })
    const signatures = [signText(LOG, text), ...witnesses.map((witness) => cosign(witness, text, 1_700_000_000))]
    this.files.set('checkpoint', utf8(formatNote({ text, signatures })))
    return this
  }

  /** Reads what is published; what was partial and has grown since is not there any more. */
  readonly read = (path: string): Promise<Uint8Array | undefined> => Promise.resolve(this.files.get(path))

  /** The same files with one changed. */
  with(path: string, bytes: Uint8Array | undefined): (path: string) => Promise<Uint8Array | undefined> {
    return (asked) => Promise.resolve(asked === path ? bytes : this.files.get(asked))
  }

  /** The files that an audit from the beginning reads. */
  async audited(
    audit: (read: (path: string) => Promise<Uint8Array | undefined>) => Promise<unknown>,
  ): Promise<string[]> {
    const paths: string[] = []
    await audit((path) => {
      if (this.files.has(path)) paths.push(path)
      return this.read(path)
    })
    return paths
  }
}

/** A log of some `leaves` accounts, in epochs of `each`. */
export function publishedLog(leaves: number, each: number): PublishedTestLog {
  const log = new PublishedTestLog()
  for (let number = 0; number < leaves; number += 1) {
    // Every third leaf is a change.
    if (number % 3 === 2) log.put(number - 2, 2)
    else log.put(number, 1)
    if (number % each === each - 1) log.publish()
  }
  return log.publish()
}

/** A leaf that nobody knows. */
export const UNKNOWN_LEAF = concatBytes(Uint8Array.of(1, 9), new Uint8Array(40))
