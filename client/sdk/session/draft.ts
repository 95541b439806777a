/** One transaction of the engine: reads see its own writes; all of it is committed at once, and only then announced. */

import type { Change, Collection, Json, RecordKey, Store } from '../store/store.ts'
import { parseRecord, type RecordKind } from './records.ts'

interface Entry {
  readonly key: RecordKey
  /** `undefined` when there is no such record. */
  value: Json | undefined
  written: boolean
  /** Whether `value` passed its schema (values that we wrote need none). */
  parsed: boolean
}

function nameOf(key: RecordKey): string {
  return `${key.collection}\0${key.partition}\0${key.order}`
}

function isIn(key: RecordKey, collection: Collection, partition: string): boolean {
  return key.collection === collection && key.partition === partition
}

/** Valid inside one turn of the engine's serial queue, so that nothing changes below its reads. */
export class Draft {
  readonly #store: Store
  readonly #entries = new Map<string, Entry>()
  readonly #announcements: (() => void)[] = []
  readonly #announcedOnce = new Set<string>()

  constructor(store: Store) {
    this.#store = store
  }

  /** Reads many records in one access, for the `get`s that follow. */
  async prefetch(keys: readonly RecordKey[]): Promise<void> {
    const missing = keys.filter((key) => !this.#entries.has(nameOf(key)))
    if (missing.length === 0) return
    const values = await this.#store.getMany(missing)
    missing.forEach((key, at) => {
      this.#entries.set(nameOf(key), { key, value: values[at], written: false, parsed: false })
    })
  }

  /** @throws RecordInvalidError */
  async get<T extends Json>(kind: RecordKind<T>, key: RecordKey): Promise<T | undefined> {
    const name = nameOf(key)
    let entry = this.#entries.get(name)
    if (entry === undefined) {
      entry = { key, value: await this.#store.get(key), written: false, parsed: false }
      this.#entries.set(name, entry)
    }
    if (entry.value === undefined) return undefined
    if (!entry.parsed) {
      entry.value = parseRecord(kind, entry.value)
      entry.parsed = true
    }
    return entry.value as T
  }

  /**
   * Records of a partition by ascending order, with what this draft wrote. At most `limit` are read from the store; those
   * of the draft come with them.
   *
   * @throws RecordInvalidError
   */
  async range<T extends Json>(
    kind: RecordKind<T>,
    partition: string,
    { after, before, limit }: { readonly after: number; readonly before: number; readonly limit: number },
  ): Promise<{ readonly order: number; readonly value: T }[]> {
    const { collection } = kind
    const page = await this.#store.range(collection, partition, { after, before, limit })
    const values = new Map(page.map(({ order, value }) => [order, value]))
    // Behind a full page the store may have more, which come first.
    const last = page.length < limit ? before - 1 : (page.at(-1)?.order ?? after)
    for (const { key, value, written } of this.#entries.values()) {
      if (!written || !isIn(key, collection, partition) || key.order <= after || key.order > last) continue
      if (value === undefined) values.delete(key.order)
      else values.set(key.order, value)
    }
    const ascending = [...values].sort(([a], [b]) => a - b)
    return ascending.map(([order, value]) => ({ order, value: parseRecord(kind, value) }))
  }

  put<T extends Json>(_kind: RecordKind<T>, key: RecordKey, value: T): void {
    this.#entries.set(nameOf(key), { key, value, written: true, parsed: true })
  }

  delete(key: RecordKey): void {
    this.#entries.set(nameOf(key), { key, value: undefined, written: true, parsed: true })
  }

  /** Runs `callback` after the commit; never when it fails. */
  announce(callback: () => void): void {
    this.#announcements.push(callback)
  }

  /** {@link announce}, but once for a name. */
  announceOnce(name: string, callback: () => void): void {
    if (this.#announcedOnce.has(name)) return
    this.#announcedOnce.add(name)
    this.announce(callback)
  }

  /** Makes everything durable, then announces it. Nothing is applied or announced when the store refuses. */
  async commit(): Promise<void> {
    const changes: Change[] = []
    for (const { key, value, written } of this.#entries.values()) {
      if (written) changes.push(value === undefined ? { delete: key } : { put: key, value })
    }
    if (changes.length > 0) await this.#store.commit(changes)
    for (const announce of this.#announcements) announce()
  }
}
