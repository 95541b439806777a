/** Standard base64 with padding (RFC 4648 section 4), as C2SP formats use it. The wire's own is base64url, in `bytes.ts`. */

import { fromBinaryString, toBinaryString } from '../../bytes.ts'

/** Octets as base64. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(toBinaryString(bytes))
}

/** Octets of canonical base64. `undefined` for anything else: a second spelling would be a second signature line. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    const bytes = fromBinaryString(atob(text))
    return toBase64(bytes) === text ? bytes : undefined
  } catch {
    return undefined
  }
}
