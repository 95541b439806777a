/** The auditor's rules for the leaves, one after the other: versions, epochs, and the map that is made of them. */

import { equalBytes, fromBase64url, toBase64url } from '../../bytes.ts'
import { type Leaf, type MapRootLeaf, readLeaf } from '../leaf.ts'
import { leafHash } from '../log/hash.ts'
import type { MapEntry } from '../map/hash.ts'
import { memoryPages } from '../map/memory.ts'
import type { MapPages } from '../map/page.ts'
import { updateMap } from '../map/update.ts'
import { AuditFailure, type AuditFailureName } from './failures.ts'

/** The newest leaf of one index. */
interface LastLeaf {
  readonly version: number
  readonly isRemoved: boolean
  readonly value: Uint8Array
}

/** What the leaves so far come to, as JSON; octets in base64url. */
export interface AccountsState {
  readonly epoch: number
  readonly at: number
  readonly manifest: number
  /** Each: index, version, whether it was removed, the map's value. */
  readonly accounts: readonly (readonly [index: string, version: number, isRemoved: boolean, value: string])[]
}

export class AuditedAccounts {
  readonly #indexKey: Uint8Array
  readonly #accounts = new Map<string, LastLeaf>()
  readonly #pages: MapPages = memoryPages()
  #changes: MapEntry[] = []
  #epoch: number
  #at: number
  #manifest: number
  #endsInMapRoot: boolean

  /** @param before from a former audit, whose last leaf was a map root */
  constructor(indexKey: Uint8Array, before?: AccountsState) {
    this.#indexKey = indexKey
    this.#epoch = before?.epoch ?? 0
    this.#at = before?.at ?? 0
    this.#manifest = before?.manifest ?? 0
    this.#endsInMapRoot = before !== undefined
    const entries = (before?.accounts ?? []).map(([key, version, isRemoved, encoded]) => {
      const value = fromBase64url(encoded)
      this.#accounts.set(key, { version, isRemoved, value })
      return { index: fromBase64url(key), value }
    })
    updateMap(this.#pages, entries)
  }

  get state(): AccountsState {
    return {
      epoch: this.#epoch,
      at: this.#at,
      manifest: this.#manifest,
      accounts: [...this.#accounts].map(([index, { version, isRemoved, value }]) => [
        index,
        version,
        isRemoved,
        toBase64url(value),
      ]),
    }
  }

  get count(): number {
    return this.#accounts.size
  }

  get epoch(): number {
    return this.#epoch
  }

  get endsInMapRoot(): boolean {
    return this.#endsInMapRoot
  }

  /** Takes the next leaf. Throws an {@link AuditFailure} that names it. */
  take(bytes: Uint8Array, position: number): void {
    const leaf = readLeaf(bytes)
    const failure = leaf === undefined ? 'leafUnknown' : this.#check(leaf, bytes)
    if (failure !== undefined) throw new AuditFailure(failure, `leaf ${position}`)
    this.#endsInMapRoot = leaf?.kind === 'mapRoot'
  }

  #check(leaf: Leaf, bytes: Uint8Array): AuditFailureName | undefined {
    switch (leaf.kind) {
      case 'deviceList':
      case 'accountRemoved': {
        const key = toBase64url(leaf.index)
        const last = this.#accounts.get(key)
        if (last?.isRemoved === true) return 'accountContinued'
        const isRemoved = leaf.kind === 'accountRemoved'
        // The first leaf may have any version, but nothing is removed that never was.
        if (last === undefined ? isRemoved : leaf.version !== last.version + 1) return 'versionSkipped'
        const value = leafHash(bytes)
        this.#accounts.set(key, { version: leaf.version, isRemoved, value })
        this.#changes.push({ index: leaf.index, value })
        return undefined
      }
      case 'mapRoot':
        return this.#checkMapRoot(leaf)
      case 'clientManifest':
        if (leaf.sequence !== this.#manifest + 1) return 'manifestSkipped'
        this.#manifest = leaf.sequence
        return undefined
    }
  }

  #checkMapRoot({ epoch, at, entries, root, indexKey }: MapRootLeaf): AuditFailureName | undefined {
    if (epoch !== this.#epoch + 1) return 'epochSkipped'
    if (at < this.#at) return 'timeWentBack'
    if (!equalBytes(indexKey, this.#indexKey)) return 'indexKeyChanged'
    if (entries !== this.#accounts.size) return 'entriesMismatch'
    const computed = updateMap(this.#pages, this.#changes)
    this.#changes = []
    if (!equalBytes(root, computed)) return 'mapRootMismatch'
    this.#epoch = epoch
    this.#at = at
    return undefined
  }
}
