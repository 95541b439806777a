/** Heads of the log as clients tell them: taken from the pinned checkpoint, and made a signed note again. Pure. */

import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import type { ToldHead } from '#protocol/content/head.ts'
import { type NoteKey, parseVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { formatCheckpoint } from '#protocol/merkle/notes/checkpoint.ts'
import { formatNote, parseNote } from '#protocol/merkle/notes/note.ts'
import { openNote } from '#protocol/merkle/notes/open.ts'
import type { PinnedLogRecord } from './records.ts'

/** What can be told of a pinned log; `undefined` while nothing of it was verified. */
export function headToTell({ key, head }: PinnedLogRecord): ToldHead | undefined {
  const { keyId: log, name } = parseVerifierKey(key) ?? {}
  const note = head && parseNote(head.checkpoint)
  const signed = note?.signatures.find((one) => one.name === name && one.keyId === log)
  if (head === undefined || log === undefined || signed === undefined) return undefined
  return { log, size: head.size, root: head.root, signature: toBase64url(signed.signature) }
}

/** The signed note that somebody who follows the same log has; says nothing about its signature. */
export function noteOfHead(logKey: NoteKey, { size, root, signature }: ToldHead): string {
  const text = formatCheckpoint({ origin: logKey.name, size, root: fromBase64url(root), extensions: [] })
  const { name, keyId } = logKey
  return formatNote({ text, signatures: [{ name, keyId, signature: fromBase64url(signature) }] })
}

/** Whether the log's key signed a note. */
export function isSignedByLog(logKey: NoteKey, source: string): boolean {
  const note = parseNote(source)
  return note !== undefined && (openNote(note, [logKey])?.length ?? 0) > 0
}
