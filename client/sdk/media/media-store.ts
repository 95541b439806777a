/**
 * Where a client keeps the octets of files: sealed chunks, by the name of their object (SPEC, MD-2). What opens them is
 * in the messages alone, so that a store needs no encryption of its own, and a deleted message leaves nothing that opens.
 *
 * One contract (`contract.ts`) for memory, IndexedDB and Node's folder. An account's store is used by its one engine.
 */
export interface MediaStore {
  /** Keeps a chunk. Resolves when it would survive the end of the process. Writing it again replaces it. */
  write(object: string, index: number, sealed: Uint8Array): Promise<void>
  /** A chunk; `undefined` where there is none. */
  read(object: string, index: number): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** How many chunks there are from the first one on without a gap. */
  count(object: string): Promise<number>
  /** Deletes all chunks of an object. Idempotent. */
  delete(object: string): Promise<void>
  /** The objects of which there is anything. */
  objects(): Promise<string[]>
  /** Later calls reject. Idempotent. */
  close(): Promise<void>
}
