/**
 * Sizes of media (SPEC, MD-1, MD-2, MD-8). A file is padded, cut into chunks and sealed; what its object has in octets tells
 * which of some hundred sizes it was padded to, and no more. All are whole numbers of octets.
 */

import { LIMITS } from '../limits.ts'

/** Of AES-GCM, at the end of each sealed chunk. */
export const TAG_BYTES = 16

/** What one chunk holds of a padded file; the last one may hold less. */
export const CHUNK_PLAIN_BYTES = LIMITS.mediaChunkBytes - TAG_BYTES

/** Smaller files are padded to this: a short voice message, a small drawing and a contact card look the same. */
const LEAST = 16_384

/** Steps between one power of two and the next: padding adds less than an eighth. */
const STEPS = 8

/** What a file is padded to. */
export function paddedSize(size: number): number {
  if (size <= LEAST) return LEAST
  const step = 2 ** Math.floor(Math.log2(size - 1)) / STEPS
  return Math.ceil(size / step) * step
}

/** Chunks that a file of this size has. */
export function chunkCount(size: number): number {
  return Math.ceil(paddedSize(size) / CHUNK_PLAIN_BYTES)
}

/** Octets of a file's object. */
export function sealedSize(size: number): number {
  return paddedSize(size) + chunkCount(size) * TAG_BYTES
}

/** Whether a file can have an object of so many octets. */
export function isSealedSize(bytes: number): boolean {
  return sealedSize(bytes - Math.ceil(bytes / LIMITS.mediaChunkBytes) * TAG_BYTES) === bytes
}

/** What the largest object has. */
export const MAX_SEALED_BYTES = sealedSize(LIMITS.mediaBytes)

/** Parts that an object of `sealed` octets is uploaded in. */
export function partCount(sealed: number): number {
  return Math.ceil(sealed / LIMITS.mediaPartBytes)
}

/** Octets of a part. @param part from 1 */
export function partSize(sealed: number, part: number): number {
  return Math.min(LIMITS.mediaPartBytes, sealed - (part - 1) * LIMITS.mediaPartBytes)
}

/** Tokens that storing an object of `sealed` octets takes. */
export function tokensFor(sealed: number): number {
  return Math.ceil(sealed / LIMITS.mediaTokenBytes)
}
