/** Octets for tests. */

import { hexToBytes } from '@noble/hashes/utils.js'
import { fromBinaryString } from '../../bytes.ts'

/** Octets of hexadecimal. */
export function hex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hexToBytes(text))
}

/** Octets of base64 with padding. */
export function base64(text: string): Uint8Array<ArrayBuffer> {
  return fromBinaryString(atob(text))
}

/** A copy with one octet changed by `mask`. */
export function flipped(bytes: Uint8Array, at: number, mask = 1): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ mask
  return copy
}
