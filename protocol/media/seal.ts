/**
 * How chunks of a file are sealed: STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over AES-256-GCM. The nonce of a chunk
 * says its place and whether it is the last, so that none can be moved, left out, doubled or put at an end; the key is drawn
 * for one file, so that no nonce comes twice. The digest pins the sealed octets: GCM alone would let an author make an
 * object that opens to different files under different keys.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, equalBytes, fromBase64url, toBase64url, utf8 } from '../bytes.ts'
import { chunkCount } from './sizes.ts'

/** Octets of a file's key, and of the digest of its object. */
export const MEDIA_KEY_BYTES = 32
export const MEDIA_DIGEST_BYTES = 32

const NONCE_BYTES = 12

/** Additional data of every chunk. */
export const sealLabel = (): Uint8Array<ArrayBuffer> => utf8('SilentRelay media v1')

/** Seven zeros, the chunk's place (from 0, big-endian) and whether it is the last. */
export function chunkNonce(index: number, isLast: boolean): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(NONCE_BYTES)
  new DataView(nonce.buffer).setUint32(7, index)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

/** The digest of an object, from the SHA-256 of each of its sealed chunks, in order. */
export function objectDigest(chunkHashes: readonly Uint8Array[]): string {
  return toBase64url(sha256(concatBytes(utf8('SilentRelay media digest v1\0'), ...chunkHashes)))
}

/** Whether these are the hashes of all chunks of the object with this digest, for a file of this size. */
export function isDigestOf(digest: string, size: number, chunkHashes: readonly Uint8Array[]): boolean {
  return (
    chunkHashes.length === chunkCount(size) &&
    equalBytes(fromBase64url(objectDigest(chunkHashes)), fromBase64url(digest))
  )
}
