/**
 * What two clients say to each other inside the encryption. The relay never sees any of it. A kind that a client does
 * not know is kept as it came, so that a newer build can show it, and is otherwise ignored.
 */

import * as v from 'valibot'
import { utf8 } from '../bytes.ts'
import { LIMITS } from '../limits.ts'
import { AccountId, MessageId, integer, listOf } from '../primitives.ts'

export const STYLES = ['bold', 'italic', 'strikethrough', 'monospace', 'spoiler'] as const

/** A style on part of a text, in UTF-16 code units of `body`, as in Signal and Telegram. */
export const StyleRange = v.object({ start: integer(0), length: integer(1), style: v.picklist(STYLES) })
export type StyleRange = v.InferOutput<typeof StyleRange>

/** Octets of JSON that one UTF-16 code unit of text, one style range, and all around them, become at most. */
const MAX_ESCAPED = 6
const MAX_STYLE = 72
const MAX_FRAME = 64

/**
 * Whether a text fits the largest bucket: known when it is composed, so that nothing is queued that can never be sent.
 * Measured only where the bound is near.
 */
function fitsAsJson(text: { readonly body: string; readonly styles?: readonly object[] | undefined }): boolean {
  const bound = text.body.length * MAX_ESCAPED + (text.styles?.length ?? 0) * MAX_STYLE + MAX_FRAME
  return bound <= LIMITS.textJsonBytes || utf8(JSON.stringify(text)).length <= LIMITS.textJsonBytes
}

export const Text = v.pipe(
  v.object({
    kind: v.literal('text'),
    body: v.pipe(
      v.string(),
      v.minLength(1),
      v.check((body) => utf8(body).length <= LIMITS.textBytes, 'text too long'),
    ),
    styles: v.optional(listOf(StyleRange, LIMITS.styleRanges)),
  }),
  v.check(
    ({ body, styles }) => (styles ?? []).every((range) => range.start + range.length <= body.length),
    'a style range beyond the text',
  ),
  v.check((text) => fitsAsJson(text), 'text too long as JSON'),
)
export type Text = v.InferOutput<typeof Text>

/** These messages were delivered to, or read by, the sender of the receipt. */
export const Receipt = v.object({
  kind: v.literal('receipt'),
  receipt: v.picklist(['delivered', 'read']),
  messageIds: listOf(MessageId, LIMITS.receiptMessages, 1),
})
export type Receipt = v.InferOutput<typeof Receipt>

/** Sent as an ephemeral message. */
export const Typing = v.object({ kind: v.literal('typing'), typing: v.boolean() })
export type Typing = v.InferOutput<typeof Typing>

/** How the sender wants to be called. */
export const Profile = v.object({
  kind: v.literal('profile'),
  name: v.pipe(v.string(), v.maxLength(LIMITS.profileNameMax)),
  username: v.optional(v.pipe(v.string(), v.maxLength(LIMITS.usernameMax))),
})
export type Profile = v.InferOutput<typeof Profile>

/** The sender of this could not decrypt that message: send it again. */
export const RetryRequest = v.object({ kind: v.literal('retryRequest'), messageId: MessageId })
export type RetryRequest = v.InferOutput<typeof RetryRequest>

/**
 * Answer to a retry request: that message once more, under a session that works. It travels as a message of its own,
 * with a new id, because a relay takes an id once, with one payload; `messageId` is the original's, and whoever has read
 * the original ignores this.
 */
export const Resent = v.object({
  kind: v.literal('resent'),
  messageId: MessageId,
  content: v.looseObject({ kind: v.string() }),
})
export type Resent = v.InferOutput<typeof Resent>

/** To the own other devices: this was sent by one of us. `content` is parsed like a received one. */
export const SyncSent = v.object({
  kind: v.literal('syncSent'),
  to: AccountId,
  messageId: MessageId,
  content: v.looseObject({ kind: v.string() }),
})
export type SyncSent = v.InferOutput<typeof SyncSent>

/** To the own other devices: these messages of `from` were read on one of us. */
export const SyncRead = v.object({
  kind: v.literal('syncRead'),
  from: AccountId,
  messageIds: listOf(MessageId, LIMITS.receiptMessages, 1),
})
export type SyncRead = v.InferOutput<typeof SyncRead>

export const KnownContent = v.variant('kind', [
  Text,
  Receipt,
  Typing,
  Profile,
  RetryRequest,
  Resent,
  SyncSent,
  SyncRead,
])
export type KnownContent = v.InferOutput<typeof KnownContent>

/** A kind from the future, kept as it came. */
export interface UnknownContent {
  readonly kind: 'unknown'
  readonly original: { readonly [key: string]: unknown; readonly kind: string }
}

export type Content = KnownContent | UnknownContent

const KNOWN_KINDS: ReadonlySet<string> = new Set([
  'text',
  'receipt',
  'typing',
  'profile',
  'retryRequest',
  'resent',
  'syncSent',
  'syncRead',
])

/**
 * Whether `json` nests at most `levels` deep. Far more fits into a message, and parses, but could be neither written
 * again nor cloned (a `RangeError`): whoever stored it would fail at the same envelope for ever.
 */
function nestsWithin(json: unknown, levels: number): boolean {
  if (typeof json !== 'object' || json === null) return true
  return levels > 0 && Object.values(json).every((value: unknown) => nestsWithin(value, levels - 1))
}

const AnyContent = v.looseObject({ kind: v.pipe(v.string(), v.minLength(1), v.maxLength(64)) })

/**
 * Parses decrypted JSON. The other side is authenticated but not trusted: `undefined` when it is no content at all, a
 * known kind that breaks its schema, or nested beyond the limit.
 */
export function parseContent(json: unknown): Content | undefined {
  if (!nestsWithin(json, LIMITS.contentNesting)) return undefined
  const any = v.safeParse(AnyContent, json)
  if (!any.success) return undefined
  if (!KNOWN_KINDS.has(any.output.kind)) return { kind: 'unknown', original: any.output }
  const known = v.safeParse(KnownContent, json)
  return known.success ? known.output : undefined
}
