/** Keys of notes: C2SP signed-note ("Verifier keys") and tlog-cosignature. Ed25519 only. */

import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8 } from '../../bytes.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { isKeyName, readKeyId } from './note.ts'

/** Type octets: a log's signature of the text, and a witness's timestamped cosignature. */
export const SIGNATURE_TYPES = { log: 0x01, cosignature: 0x04 } as const
export type NoteKeyKind = keyof typeof SIGNATURE_TYPES

export interface NoteKey {
  readonly name: string
  readonly keyId: number
  readonly kind: NoteKeyKind
  /** Ed25519, 32 octets. */
  readonly publicKey: Uint8Array
}

const PUBLIC_KEY_LENGTH = 32

/** A key with the id that the specification computes for it. Throws a `RangeError` for a name or a key that is none. */
export function noteKey(name: string, kind: NoteKeyKind, publicKey: Uint8Array): NoteKey {
  if (!isKeyName(name) || publicKey.length !== PUBLIC_KEY_LENGTH) throw new RangeError('not a key')
  const digest = sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(SIGNATURE_TYPES[kind]), publicKey))
  return { name, keyId: readKeyId(digest), kind, publicKey }
}

/** Writes a verifier key ("vkey"). */
export function formatVerifierKey({ name, keyId, kind, publicKey }: NoteKey): string {
  const id = keyId.toString(16).padStart(8, '0')
  return `${name}+${id}+${toBase64(concatBytes(Uint8Array.of(SIGNATURE_TYPES[kind]), publicKey))}`
}

/** Reads a verifier key. `undefined` unless it is of a known type, in canonical form, and has the id that it should have. */
export function parseVerifierKey(text: string): NoteKey | undefined {
  // base64 may have plus signs of its own; a name has none.
  const [, name, encoded] = /^([^+]+)\+[0-9a-f]{8}\+([A-Za-z0-9+/=]+)$/.exec(text) ?? []
  if (name === undefined || encoded === undefined || !isKeyName(name)) return undefined
  const bytes = fromBase64(encoded)
  if (bytes?.length !== 1 + PUBLIC_KEY_LENGTH) return undefined
  const kind = (['log', 'cosignature'] as const).find((one) => SIGNATURE_TYPES[one] === bytes[0])
  if (kind === undefined) return undefined
  const key = noteKey(name, kind, bytes.subarray(1))
  return formatVerifierKey(key) === text ? key : undefined
}

/** Whether an Ed25519 signature verifies by the strict rules of RFC 8032: one signature, one meaning, no key of small order. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== PUBLIC_KEY_LENGTH || signature.length !== 64) return false
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false })
  } catch {
    // A point that is none.
    return false
  }
}
