/** Signed notes: C2SP signed-note. Reading and writing; whose the signatures are is checked in `open.ts`. */

import { concatBytes, utf8 } from '../../bytes.ts'
import { KEY_LOG_LIMITS } from '../limits.ts'
import { fromBase64, toBase64 } from './base64.ts'

/** One signature line, taken apart. Says nothing about its validity. */
export interface NoteSignature {
  readonly name: string
  /** 32 bits. With the name, it tells which key signed. */
  readonly keyId: number
  /** What stands after the key id: at least one octet. */
  readonly signature: Uint8Array
}

export interface Note {
  /** Ends in a newline, which is signed with it. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

const KEY_ID_LENGTH = 4
const LINE = /^— ([^ ]+) ([A-Za-z0-9+/=]+)$/

/** Whether `name` may name a key: not empty, no Unicode space, no plus sign, no control character. */
export function isKeyName(name: string): boolean {
  return /^[^\p{White_Space}+]+$/u.test(name) && isNoteText(`${name}\n`)
}

/** Whether `text` may be signed: well-formed, no control character but newlines, and a newline at its end. */
export function isNoteText(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what the format forbids
  return text.endsWith('\n') && text.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/.test(text)
}

/** The four octets of a key id, big-endian. */
export function keyIdBytes(keyId: number): Uint8Array {
  return Uint8Array.of(keyId >>> 24, (keyId >>> 16) & 0xff, (keyId >>> 8) & 0xff, keyId & 0xff)
}

/** A key id of its four octets. */
export function readKeyId(bytes: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
}

function parseSignature(line: string): NoteSignature | undefined {
  const [, name, encoded] = LINE.exec(line) ?? []
  if (name === undefined || encoded === undefined || !isKeyName(name)) return undefined
  const bytes = fromBase64(encoded)
  if (bytes === undefined || bytes.length <= KEY_ID_LENGTH) return undefined
  return { name, keyId: readKeyId(bytes), signature: bytes.subarray(KEY_ID_LENGTH) }
}

/** Reads a note. `undefined` when it is not exactly in form, or is over the limits. */
export function parseNote(source: string): Note | undefined {
  // Counted in code units first: no text of fewer octets has more of them.
  if (source.length > KEY_LOG_LIMITS.noteBytes || !isNoteText(source)) return undefined
  if (utf8(source).length > KEY_LOG_LIMITS.noteBytes) return undefined
  const split = source.lastIndexOf('\n\n')
  if (split < 0) return undefined
  const lines = source.slice(split + 2, -1).split('\n')
  if (lines.length > KEY_LOG_LIMITS.noteSignatures) return undefined
  const signatures: NoteSignature[] = []
  for (const line of lines) {
    const signature = parseSignature(line)
    if (signature === undefined) return undefined
    signatures.push(signature)
  }
  return { text: source.slice(0, split + 1), signatures }
}

/** Writes one signature line, with its newline. */
export function signatureLine({ name, keyId, signature }: NoteSignature): string {
  return `— ${name} ${toBase64(concatBytes(keyIdBytes(keyId), signature))}\n`
}

/** Writes a note. Throws a `RangeError` when {@link parseNote} would not take it: such a note must never leave. */
export function formatNote({ text, signatures }: Note): string {
  const source = `${text}\n${signatures.map(signatureLine).join('')}`
  if (parseNote(source)?.text !== text) throw new RangeError('not a note')
  return source
}
