/**
 * Padding of plaintext to buckets, by ISO/IEC 7816-4: 0x80, then zeros. The ratchet adds a constant number of octets, so
 * an envelope's length tells its bucket and no more.
 */

import { LIMITS, PADDING_BUCKETS } from '../limits.ts'

/** Octets of content that the largest bucket takes. */
export const MAX_CONTENT_BYTES = (PADDING_BUCKETS.at(-1) ?? LIMITS.envelopeBytes) - 1

/** The content is too long for the largest bucket. */
export class ContentTooLargeError extends Error {
  override readonly name = 'ContentTooLargeError'
  readonly code = 'contentTooLarge'
  constructor() {
    super(`A message holds at most ${MAX_CONTENT_BYTES} octets.`)
  }
}

/** `content`, 0x80 and zeros up to the next bucket. Throws {@link ContentTooLargeError} past the largest. */
export function pad(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = padTo(content, PADDING_BUCKETS)
  if (padded === undefined) throw new ContentTooLargeError()
  return padded
}

/** `content`, 0x80 and zeros up to the next of `buckets`, which ascend. `undefined` past the largest. */
export function padTo(content: Uint8Array, buckets: readonly number[]): Uint8Array<ArrayBuffer> | undefined {
  const bucket = buckets.find((size) => size > content.length)
  if (bucket === undefined) return undefined
  const padded = new Uint8Array(bucket)
  padded.set(content)
  padded[content.length] = 0x80
  return padded
}

/** The content of {@link pad}; `undefined` when the padding is not well-formed. */
export function unpad(padded: Uint8Array): Uint8Array | undefined {
  let end = padded.length - 1
  while (end >= 0 && padded[end] === 0) end -= 1
  return end >= 0 && padded[end] === 0x80 ? padded.subarray(0, end) : undefined
}
