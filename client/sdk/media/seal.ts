/** Seals a file in chunks, and opens them: a chunk at a time, so that a file of any size takes some megabytes of memory. */

import { fromBase64url } from '#protocol/bytes.ts'
import { chunkNonce, isDigestOf, objectDigest, sealLabel } from '#protocol/media/seal.ts'
import { CHUNK_PLAIN_BYTES, chunkCount, paddedSize } from '#protocol/media/sizes.ts'
import { MediaError, MediaSourceError } from './errors.ts'

/** What of a message says how its object opens. */
export interface SealedFile {
  /** base64url, as `digest`. */
  readonly key: string
  readonly digest: string
  /** Octets before padding. */
  readonly size: number
}

function importKey(key: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', fromBase64url(key), 'AES-GCM', false, ['encrypt', 'decrypt'])
}

function parameters(index: number, isLast: boolean): AesGcmParams {
  return { name: 'AES-GCM', iv: chunkNonce(index, isLast), additionalData: sealLabel() }
}

async function hashOf(octets: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', octets))
}

/** Octets that chunk `index` has of the padded file. */
function plainLength(size: number, index: number): number {
  return Math.min(CHUNK_PLAIN_BYTES, paddedSize(size) - index * CHUNK_PLAIN_BYTES)
}

/**
 * Seals a file. Answers its digest.
 *
 * @param key base64url; of this file alone
 * @param write keeps a chunk, in order; the next one waits for it
 * @throws MediaSourceError
 */
export function sealFile(file: Blob, key: string, write: WriteChunk): Promise<string> {
  return sealChunks(file.size, key, (index) => readChunk(file, index), write)
}

/** Keeps a sealed chunk. */
type WriteChunk = (index: number, sealed: Uint8Array<ArrayBuffer>) => Promise<void>

/**
 * {@link sealFile}, of octets that come chunk after chunk.
 *
 * @param read what of the file a chunk has, without padding
 */
export async function sealChunks(
  size: number,
  key: string,
  read: (index: number) => Promise<Uint8Array>,
  write: WriteChunk,
): Promise<string> {
  const secret = await importKey(key)
  const chunks = chunkCount(size)
  const hashes: Uint8Array[] = []
  for (let index = 0; index < chunks; index += 1) {
    const plain = new Uint8Array(plainLength(size, index))
    plain.set(await read(index))
    const sealed = new Uint8Array(await crypto.subtle.encrypt(parameters(index, index === chunks - 1), secret, plain))
    hashes.push(await hashOf(sealed))
    await write(index, sealed)
  }
  return objectDigest(hashes)
}

/** What of a file a chunk has. */
async function readChunk(file: Blob, index: number): Promise<Uint8Array> {
  const start = index * CHUNK_PLAIN_BYTES
  const end = Math.min(start + CHUNK_PLAIN_BYTES, file.size)
  if (start >= end) return new Uint8Array()
  let read: ArrayBuffer
  try {
    read = await file.slice(start, end).arrayBuffer()
  } catch (cause) {
    throw new MediaSourceError({ cause })
  }
  if (read.byteLength !== end - start) throw new MediaSourceError()
  return new Uint8Array(read)
}

/** Judges the chunks of an object, one after the other, and says at the end what is wrong with it. */
export class Opener {
  readonly #file: SealedFile
  readonly #chunks: number
  readonly #hashes: Uint8Array[] = []
  #key: Promise<CryptoKey> | undefined
  #opened = 0

  constructor(file: SealedFile) {
    this.#file = file
    this.#chunks = chunkCount(file.size)
  }

  /** The next chunk, which may be shown; `undefined` when it does not open. */
  async next(sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const index = this.#hashes.length
    this.#hashes.push(await hashOf(sealed))
    const plain = await this.open(index, sealed)
    if (plain !== undefined) this.#opened += 1
    return plain
  }

  /** What of the file a chunk has, without padding; `undefined` when it does not open. */
  async open(index: number, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { key, size } = this.#file
    this.#key ??= importKey(key)
    const secret = await this.#key
    try {
      const plain = await crypto.subtle.decrypt(parameters(index, index === this.#chunks - 1), secret, sealed)
      return new Uint8Array(plain, 0, Math.max(0, Math.min(plain.byteLength, size - index * CHUNK_PLAIN_BYTES)))
    } catch {
      return undefined
    }
  }

  /** After the last chunk. @throws MediaError unless all of it is the file that the message speaks of */
  verify(): void {
    const { digest, size } = this.#file
    const isRight = isDigestOf(digest, size, this.#hashes)
    if (isRight && this.#opened === this.#chunks) return
    if (this.#opened > 0) throw new MediaError('mediaCorrupted')
    throw new MediaError(isRight ? 'mediaKeyWrong' : 'mediaSwapped')
  }
}
