/** Records of files: what waits to be stored, what is to be ended, what is kept here, and tokens. */

import * as v from 'valibot'
import { LIMITS } from '#protocol/limits.ts'
import { MediaCapability, MediaName, MediaRelease } from '#protocol/media/object.ts'
import { MEDIA_DIGEST_BYTES, MEDIA_KEY_BYTES } from '#protocol/media/seal.ts'
import { AccountId, MessageId, Timestamp, bytesOf, integer } from '#protocol/primitives.ts'
import { TokenCredential } from '#protocol/token-wire.ts'
import type { RecordKey } from '../../store/store.ts'
import { type RecordKind, SEND_FAILURES } from '../records.ts'

/** What fetches and opens the object of a file that is passed on, and the message that it stands in. */
const Source = v.object({
  of: v.object({ conversation: AccountId, order: integer(1), id: MessageId }),
  object: MediaCapability,
  key: bytesOf(MEDIA_KEY_BYTES),
  digest: bytesOf(MEDIA_DIGEST_BYTES),
  size: integer(0, LIMITS.mediaBytes),
})
export type Source = v.InferOutput<typeof Source>

/** An object on its way into the storage. Its chunks are in the media store since before this was written, unless it has a source. */
const Upload = v.object({
  object: MediaCapability,
  release: MediaRelease,
  /** Sealed octets. */
  bytes: integer(1),
  hours: integer(1),
  /** What pays for it; absent until some were there. Spent on this object: the same ones are shown again. */
  tokens: v.optional(v.array(TokenCredential)),
  /** The relay knows the upload. */
  isBegun: v.boolean(),
  /** Of the parts that are stored, by their place; `null` for one that is not. */
  etags: v.array(v.nullable(v.string())),
  isComplete: v.boolean(),
  /** A file that is passed on and was not here: it is brought here and sealed anew before it is stored. */
  source: v.optional(Source),
})
export type Upload = v.InferOutput<typeof Upload>

/** A message whose files are on their way: it is sent when all of them are stored (MD-15). */
const Sending = v.object({
  conversation: AccountId,
  id: MessageId,
  /** Its place in the timeline. */
  order: integer(1),
  uploads: v.array(Upload),
  /** Why it stopped: it goes on when its author says so. */
  failure: v.optional(v.picklist(SEND_FAILURES)),
})
export type Sending = v.InferOutput<typeof Sending>
export const sendingRecord: RecordKind<Sending> = { collection: 'media', schema: Sending }
export const SENDING = 'sending'
export const sendingKey = (order: number): RecordKey => ({ collection: 'media', partition: SENDING, order })

/** An object that is to be ended, as soon as the relay can be asked. */
const Ending = v.object({ name: MediaName, release: MediaRelease, at: Timestamp })
export type Ending = v.InferOutput<typeof Ending>
export const endingRecord: RecordKind<Ending> = { collection: 'media', schema: Ending }
export const ENDING = 'ending'
export const endingKey = (order: number): RecordKey => ({ collection: 'media', partition: ENDING, order })

/** What of an object is in the media store. */
const Kept = v.object({
  /** Sealed octets, once all are here and were found right. */
  bytes: v.optional(integer(1)),
  /** When it was last wanted. */
  at: Timestamp,
})
export type Kept = v.InferOutput<typeof Kept>
export const keptRecord: RecordKind<Kept> = { collection: 'media', schema: Kept }
const KEPT = 'kept:'
export const keptKey = (name: string): RecordKey => ({ collection: 'media', partition: KEPT + name, order: 0 })
export function keptName(partition: string): string | undefined {
  return partition.startsWith(KEPT) ? partition.slice(KEPT.length) : undefined
}

const Octets = v.string()

/** Tokens to spend, and those that were asked for: the same request is repeated until its answer has come. */
const Tokens = v.object({
  tokens: v.array(v.object({ keyId: integer(1), nonce: Octets, secret: Octets })),
  pending: v.optional(v.array(v.object({ nonce: Octets, blind: Octets, blinded: Octets }))),
})
export type Tokens = v.InferOutput<typeof Tokens>
export const tokensRecord: RecordKind<Tokens> = { collection: 'media', schema: Tokens }
export const TOKENS: RecordKey = { collection: 'media', partition: 'tokens', order: 0 }

/** That this device has ever had to do with a file: others load nothing of all this. */
export const USED: RecordKey = { collection: 'media', partition: 'used', order: 0 }
