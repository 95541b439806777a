/** Bytes as text. The wire is JSON, so every octet string on it is base64url without padding (RFC 4648 section 5). */

// Made when first used: touching these globals at the top level costs 20 ms of an isolate's start in workerd, which loads
// its Node compatibility for them (`wrangler check startup`).
let encoder: TextEncoder | undefined
let decoder: TextDecoder | undefined

/** UTF-8 octets of `text`. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  encoder ??= new TextEncoder()
  return encoder.encode(text) as Uint8Array<ArrayBuffer>
}

/** The text of UTF-8 `bytes`. Throws a `TypeError` when they are not well-formed. */
export function fromUtf8(bytes: Uint8Array): string {
  decoder ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return decoder.decode(bytes)
}

/** Octets as a string of code units 0 to 255, the form in which `btoa` and libsignal take them. */
export function toBinaryString(bytes: Uint8Array): string {
  let text = ''
  // In slices: `apply` spreads its arguments on the stack, and engines cap that at about 65,000.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  }
  return text
}

/** The inverse of {@link toBinaryString}; code units above 255 lose their high octet, so callers check first. */
export function fromBinaryString(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at)
  return bytes
}

/** base64url without padding. */
export function toBase64url(bytes: Uint8Array): string {
  return btoa(toBinaryString(bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Octets of base64url without padding. Throws when `text` is not canonical base64url: parse it with a schema first. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  return fromBinaryString(atob(text.replaceAll('-', '+').replaceAll('_', '/')))
}

/** Number of octets that canonical base64url of this length stands for. */
export function base64urlByteLength(text: string): number {
  return Math.floor((text.length * 3) / 4)
}

/** `length` octets from the platform's cryptographic random generator. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length))
}

/** Joins octet strings. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** Equality without an early exit, so that the time taken does not tell where two secrets differ. Lengths are public. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let at = 0; at < a.length; at += 1) difference |= (a[at] ?? 0) ^ (b[at] ?? 0)
  return difference === 0
}
