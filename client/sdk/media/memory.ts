import { StoreClosedError } from '../store/store.ts'
import type { MediaStore } from './media-store.ts'

/** What a {@link MemoryMediaStore} holds: it outlives the store, as a disk does. */
export type MemoryChunks = Map<string, Map<number, Uint8Array<ArrayBuffer>>>

/** Keeps chunks for as long as the process runs: what was not sent by then is lost. For tests, and for bots that send nothing. */
export function openMemoryMediaStore(chunks: MemoryChunks = new Map()): MediaStore {
  return new MemoryMediaStore(chunks)
}

class MemoryMediaStore implements MediaStore {
  readonly #chunks: MemoryChunks
  #isClosed = false

  constructor(chunks: MemoryChunks) {
    this.#chunks = chunks
  }

  async write(object: string, index: number, sealed: Uint8Array): Promise<void> {
    const of = this.#open().get(object) ?? new Map<number, Uint8Array<ArrayBuffer>>()
    of.set(index, Uint8Array.from(sealed))
    this.#chunks.set(object, of)
  }

  async read(object: string, index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const chunk = this.#open().get(object)?.get(index)
    return chunk && Uint8Array.from(chunk)
  }

  async count(object: string): Promise<number> {
    const of = this.#open().get(object)
    let count = 0
    while (of?.has(count) === true) count += 1
    return count
  }

  async delete(object: string): Promise<void> {
    this.#open().delete(object)
  }

  async objects(): Promise<string[]> {
    return [...this.#open().keys()]
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  #open(): MemoryChunks {
    if (this.#isClosed) throw new StoreClosedError()
    return this.#chunks
  }
}
