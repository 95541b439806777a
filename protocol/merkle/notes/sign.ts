/** Signing notes. The secret stays with whoever calls; `sign` may be any Ed25519. */

import { ed25519 } from '@noble/curves/ed25519.js'
import { utf8 } from '../../bytes.ts'
import { cosignatureInput, formatCosignature } from './cosignature.ts'
import { type NoteKey, type NoteKeyKind, noteKey } from './keys.ts'
import type { NoteSignature } from './note.ts'

export interface NoteSigner {
  readonly key: NoteKey
  /** An Ed25519 signature (RFC 8032), 64 octets. */
  readonly sign: (message: Uint8Array) => Uint8Array
}

/** A signer of a secret key of 32 octets. Throws a `RangeError` for a name that no key may have. */
export function noteSigner(name: string, kind: NoteKeyKind, secretKey: Uint8Array): NoteSigner {
  return {
    key: noteKey(name, kind, ed25519.getPublicKey(secretKey)),
    sign: (message) => ed25519.sign(message, secretKey),
  }
}

/** A log's signature of a text. */
export function signText({ key, sign }: NoteSigner, text: string): NoteSignature {
  return { name: key.name, keyId: key.keyId, signature: sign(utf8(text)) }
}

/** A witness's cosignature of a checkpoint's text, at `time` in seconds since 1970-01-01T00:00Z. */
export function cosign({ key, sign }: NoteSigner, text: string, time: number): NoteSignature {
  const signature = formatCosignature({ time, signature: sign(cosignatureInput(time, text)) })
  return { name: key.name, keyId: key.keyId, signature }
}
