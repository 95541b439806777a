/** Everything that a relay may send on a socket. Unknown fields are ignored, so that a newer relay can add some. */

import * as v from 'valibot'
import { CaughtUp, Envelopes, Ephemeral, Gap } from './deliver.ts'
import { GroupEntries, GroupEphemeral, GroupNews } from './group.ts'
import { Welcome } from './hello.ts'
import { DeviceListChanged, ErrorFrame, KeyPackagesLow, PrekeysLow } from './notices.ts'
import { ReadCheck } from './reading.ts'
import { Accepted, Mismatch, Rejected } from './send.ts'

export const DownFrame = v.variant('type', [
  Welcome,
  Envelopes,
  Ephemeral,
  CaughtUp,
  Gap,
  Accepted,
  Mismatch,
  Rejected,
  DeviceListChanged,
  PrekeysLow,
  KeyPackagesLow,
  GroupEntries,
  GroupEphemeral,
  GroupNews,
  ReadCheck,
  ErrorFrame,
])
export type DownFrame = v.InferOutput<typeof DownFrame>

/** Parses a relay's frame. `undefined` when it is none, or of a type that this client does not know. */
export function parseDownFrame(data: string): DownFrame | undefined {
  try {
    const parsed = v.safeParse(DownFrame, JSON.parse(data), { abortEarly: true })
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}
