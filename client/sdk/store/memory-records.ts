import type { CheckedChange, CheckedRange } from './check.ts'
import type { Collection, RecordKey } from './store.ts'

/** A record as the memory store keeps it: its value as JSON text. */
export interface TextRecord {
  readonly partition: string
  readonly order: number
  readonly text: string
}

/** The records of one partition, with their orders kept sorted. */
interface Partition {
  readonly texts: Map<number, string>
  readonly orders: number[]
}

/** The content of one memory store. Synchronous; arguments are checked by the caller. */
export class MemoryRecords {
  readonly #collections = new Map<Collection, Map<string, Partition>>()

  get(key: RecordKey): string | undefined {
    return this.#partition(key)?.texts.get(key.order)
  }

  range(collection: Collection, partition: string, range: CheckedRange): readonly TextRecord[] {
    const found = this.#partition({ collection, partition })
    if (found === undefined || range.isEmpty) return []
    const from = firstAbove(found.orders, range.after)
    const to = Math.max(from, firstNotBelow(found.orders, range.before))
    const orders = range.reverse
      ? found.orders.slice(Math.max(from, to - range.limit), to).toReversed()
      : found.orders.slice(from, Math.min(to, from + range.limit))
    return orders.map((order) => ({ partition, order, text: textOf(found, order) }))
  }

  all(collection: Collection): readonly TextRecord[] {
    const partitions = [...(this.#collections.get(collection) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
    return partitions.flatMap(([partition, found]) =>
      found.orders.map((order) => ({ partition, order, text: textOf(found, order) })),
    )
  }

  apply(changes: readonly CheckedChange[]): void {
    for (const change of changes) {
      if (change.kind === 'put') this.#put(change.key, change.text)
      else if (change.kind === 'delete') this.#delete(change.key)
      else this.#collections.delete(change.collection)
    }
  }

  #partition(key: { readonly collection: Collection; readonly partition: string }): Partition | undefined {
    return this.#collections.get(key.collection)?.get(key.partition)
  }

  #put(key: RecordKey, text: string): void {
    let collection = this.#collections.get(key.collection)
    if (collection === undefined) this.#collections.set(key.collection, (collection = new Map<string, Partition>()))
    let partition = collection.get(key.partition)
    if (partition === undefined) collection.set(key.partition, (partition = { texts: new Map(), orders: [] }))
    if (!partition.texts.has(key.order)) {
      partition.orders.splice(firstNotBelow(partition.orders, key.order), 0, key.order)
    }
    partition.texts.set(key.order, text)
  }

  #delete(key: RecordKey): void {
    const partition = this.#partition(key)
    if (partition === undefined || !partition.texts.delete(key.order)) return
    partition.orders.splice(firstNotBelow(partition.orders, key.order), 1)
    if (partition.orders.length === 0) this.#collections.get(key.collection)?.delete(key.partition)
  }
}

function textOf(partition: Partition, order: number): string {
  const text = partition.texts.get(order)
  if (text === undefined) throw new Error('An order without a record.')
  return text
}

/** The index of the first order that is at least `bound`. */
function firstNotBelow(orders: readonly number[], bound: number): number {
  let low = 0
  let high = orders.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((orders[middle] ?? Infinity) < bound) low = middle + 1
    else high = middle
  }
  return low
}

/** The index of the first order above `bound`. */
function firstAbove(orders: readonly number[], bound: number): number {
  const at = firstNotBelow(orders, bound)
  return orders[at] === bound ? at + 1 : at
}
