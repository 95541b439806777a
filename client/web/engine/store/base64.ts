/**
 * base64url by the platform where it has it (Uint8Array to/from base64, ECMAScript 2026): in Chromium a hundredth of what
 * the portable way takes, which for ten thousand records is a third of a second.
 */

import { fromBase64url, toBase64url } from '#protocol/bytes.ts'

/** TypeScript's library for ES2024 does not have these. */
interface NativeOctets {
  toBase64?: (options: { alphabet: 'base64url'; omitPadding: true }) => string
}
interface NativeConstructor {
  fromBase64?: (text: string, options: { alphabet: 'base64url' }) => Uint8Array<ArrayBuffer>
}

export function encodeOctets(octets: Uint8Array & NativeOctets): string {
  return octets.toBase64?.({ alphabet: 'base64url', omitPadding: true }) ?? toBase64url(octets)
}

/** Throws where `text` is not base64url. */
export function decodeOctets(text: string): Uint8Array<ArrayBuffer> {
  const native = Uint8Array as NativeConstructor
  return native.fromBase64?.(text, { alphabet: 'base64url' }) ?? fromBase64url(text)
}
