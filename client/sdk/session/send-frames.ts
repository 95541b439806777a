/** Queued messages as frames. */

import type { OutgoingMessage } from '#protocol/frames/send.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { QueueEntry } from './outbox.ts'

/** A frame's fixed text around each body, and each message: ids, names, brackets. */
const MESSAGE_OVERHEAD = 200
const ENVELOPE_OVERHEAD = 80

/** A message in the sender's own name. */
export function toMessage({ item }: QueueEntry): OutgoingMessage {
  return {
    messageId: item.wireId,
    to: item.to,
    deviceListVersion: item.sealed?.deviceListVersion ?? 0,
    envelopes: item.sealed?.envelopes ?? [],
    ...(item.urgent === true ? { urgent: true } : {}),
  }
}

/** Splits into frames below the relay's limits. */
export function toFrames(entries: readonly QueueEntry[]): QueueEntry[][] {
  const frames: QueueEntry[][] = []
  let size = 0
  for (const entry of entries) {
    const envelopes = entry.item.sealed?.envelopes ?? []
    const length = envelopes.reduce((sum, { body }) => sum + body.length + ENVELOPE_OVERHEAD, MESSAGE_OVERHEAD)
    const last = frames.at(-1)
    if (last === undefined || last.length >= LIMITS.messagesPerSend || size + length > LIMITS.frameBytes) {
      frames.push([entry])
      size = length
    } else {
      last.push(entry)
      size += length
    }
  }
  return frames
}
