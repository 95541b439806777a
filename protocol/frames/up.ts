/** Everything that a client may send on a socket. */

import * as v from 'valibot'
import type { ErrorCode } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { utf8 } from '../bytes.ts'
import { Ack } from './deliver.ts'
import { GroupAck } from './group.ts'
import { Hello } from './hello.ts'
import { Read } from './reading.ts'
import { Send } from './send.ts'

export const UpFrame = v.variant('type', [Hello, Send, Ack, GroupAck, Read])
export type UpFrame = v.InferOutput<typeof UpFrame>

const UP_TYPES: ReadonlySet<unknown> = new Set(['hello', 'send', 'ack', 'groupAck', 'read'])

/** A parsed frame, or why there is none. */
export type ParsedUpFrame =
  | { readonly ok: true; readonly frame: UpFrame }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail?: string }

/** Parses what came in on a socket: the only place where a client's octets become a frame. Never throws. */
export function parseUpFrame(data: string | ArrayBuffer): ParsedUpFrame {
  if (typeof data !== 'string') return { ok: false, code: 'notJson' }
  // Code units bound octets from below and, times three, from above: only the band between has to be measured.
  if (data.length > LIMITS.frameBytes) return { ok: false, code: 'tooLarge' }
  if (data.length * 3 > LIMITS.frameBytes && utf8(data).length > LIMITS.frameBytes)
    return { ok: false, code: 'tooLarge' }
  let json: unknown
  try {
    json = JSON.parse(data)
  } catch {
    return { ok: false, code: 'notJson' }
  }
  const type: unknown = typeof json === 'object' && json !== null && 'type' in json ? json.type : undefined
  if (typeof type !== 'string') return { ok: false, code: 'malformed', detail: 'type' }
  if (!UP_TYPES.has(type)) return { ok: false, code: 'unknownFrame' }
  const parsed = v.safeParse(UpFrame, json, { abortEarly: true })
  if (parsed.success) return { ok: true, frame: parsed.output }
  return { ok: false, code: 'malformed', detail: v.getDotPath(parsed.issues[0]) ?? 'frame' }
}
