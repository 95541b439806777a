/** A text: words with styles and names on parts of them. */

import * as v from 'valibot'
import { utf8 } from '../bytes.ts'
import { LIMITS } from '../limits.ts'
import { AccountId, integer, listOf } from '../primitives.ts'
import { Timer } from '../timer.ts'
import { MessageName } from './message-name.ts'

export const STYLES = ['bold', 'italic', 'strikethrough', 'monospace', 'spoiler'] as const

/** A style on part of a text, in UTF-16 code units of `body`, as in Signal and Telegram. */
export const StyleRange = v.object({ start: integer(0), length: integer(1), style: v.picklist(STYLES) })
export type StyleRange = v.InferOutput<typeof StyleRange>

/** An account that part of a text names. */
export const Mention = v.object({ start: integer(0), length: integer(1), account: AccountId })
export type Mention = v.InferOutput<typeof Mention>

/** Octets of JSON that one UTF-16 code unit of text, one style range or mention, and all around them, become at most. */
const MAX_ESCAPED = 6
const MAX_STYLE = 96
const MAX_FRAME = 256

/**
 * Whether a text fits the largest bucket: known when it is composed, so that nothing is queued that can never be sent.
 * Measured only where the bound is near.
 */
export function fitsAsJson(text: {
  readonly body: string
  readonly styles?: readonly object[] | undefined
  readonly mentions?: readonly object[] | undefined
}): boolean {
  const ranges = (text.styles?.length ?? 0) + (text.mentions?.length ?? 0)
  const bound = text.body.length * MAX_ESCAPED + ranges * MAX_STYLE + MAX_FRAME
  return bound <= LIMITS.textJsonBytes || utf8(JSON.stringify(text)).length <= LIMITS.textJsonBytes
}

/** Words with what stands on them: of a text, and of what takes its place. */
export const WORDS = {
  body: v.pipe(
    v.string(),
    v.minLength(1),
    v.check((body) => utf8(body).length <= LIMITS.textBytes, 'text too long'),
  ),
  styles: v.optional(listOf(StyleRange, LIMITS.styleRanges)),
  mentions: v.optional(listOf(Mention, LIMITS.mentions)),
}
export type Words = v.InferOutput<v.ObjectSchema<typeof WORDS, undefined>>

/** Whether no range reaches beyond the words. */
export function isWithin({ body, styles = [], mentions = [] }: Words): boolean {
  return [...styles, ...mentions].every((range) => range.start + range.length <= body.length)
}

export const Text = v.pipe(
  v.object({
    kind: v.literal('text'),
    ...WORDS,
    /** It disappears so many seconds after it was sent or read; absent when it stays. */
    timer: v.optional(Timer),
    /** What it answers. A name alone: its readers see what they have of that message, and nothing once they do not. */
    quote: v.optional(MessageName),
    /** These are not its author's words: they were written in another conversation, by somebody whom it does not name. */
    forwarded: v.optional(v.literal(true)),
  }),
  v.check((text) => isWithin(text), 'a range beyond the text'),
  v.check((text) => fitsAsJson(text), 'text too long as JSON'),
)
export type Text = v.InferOutput<typeof Text>
