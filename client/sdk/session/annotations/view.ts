/** Messages as applications see them. */

import * as v from 'valibot'
import { Media, type Mention, type StyleRange, Text } from '#protocol/content/content.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import type { Words } from '#protocol/content/text.ts'
import type { Json } from '../../store/store.ts'
import type { GroupEvent, Message, MessageContent, Quote } from '../events.ts'
import { isRunning } from '../expiry/begin.ts'
import { dueAt } from '../expiry/rules.ts'
import { toViews } from '../media/status.ts'
import type { MessageRecord } from '../records.ts'
import { quotedFile } from './quoted-file.ts'
import { isPinned, latestWords, reactionsIn } from './model.ts'

/** UTF-16 code units of a quoted message that are shown: some lines. */
const QUOTED = 300

/** A text as it was sent; `undefined` for content of another kind. */
export function textIn(content: Json): Text | undefined {
  const text = v.safeParse(v.variant('kind', [Text]), content)
  return text.success ? text.output : undefined
}

/** Files as they were sent; `undefined` for content of another kind. */
export function filesIn(content: Json): Media | undefined {
  const media = v.safeParse(v.variant('kind', [Media]), content)
  return media.success ? media.output : undefined
}

/** A text with the words that count now: what is passed on of it. */
export function currentText({ content, annotations = {} }: MessageRecord): Text | undefined {
  const text = textIn(content)
  const latest = latestWords(annotations)
  if (text === undefined || latest === undefined) return text
  const { styles: _styles, mentions: _mentions, ...rest } = text
  return { ...rest, ...wordsOf(latest) }
}

/** Files with the words that count now below them. */
export function currentFiles({ content, annotations = {} }: MessageRecord): Media | undefined {
  const files = filesIn(content)
  const latest = latestWords(annotations)
  if (files === undefined || latest === undefined) return files
  const { styles: _styles, mentions: _mentions, ...rest } = files
  return { ...rest, ...wordsOf(latest) }
}

/** {@link Words}, with what is absent left out. */
export interface PlainWords {
  body: string
  styles?: StyleRange[]
  mentions?: Mention[]
}

/** Words alone, of whatever has some. */
export function wordsOf({ body, styles, mentions }: Words): PlainWords {
  return { body, ...(styles && { styles }), ...(mentions && { mentions }) }
}

/** What is quoted is only named: see {@link quoteOf}. */
export function toMessage(conversation: string, order: number, record: MessageRecord, own: string): Message {
  const { annotations = {} } = record
  const text = currentText(record)
  const files = text === undefined && record.event === undefined ? currentFiles(record) : undefined
  const written = text ?? files
  const latest = written === undefined ? undefined : latestWords(annotations)
  const reactions = reactionsIn(annotations)
  return {
    id: record.id,
    conversation,
    order,
    from: record.from.account,
    outgoing: record.from.account === own,
    at: record.at,
    state: record.state,
    ...(record.failure === undefined ? {} : { failure: record.failure }),
    ...(record.readBy === undefined ? {} : { readBy: record.readBy }),
    ...(record.sharedBy === undefined ? {} : { sharedBy: record.sharedBy }),
    content: contentOf(record, text, files),
    ...(written?.quote === undefined ? {} : { quote: written.quote }),
    ...(written?.forwarded === undefined ? {} : { forwarded: true }),
    ...(latest === undefined ? {} : { edited: { at: latest.at, times: annotations.versions?.length ?? 0 } }),
    ...(reactions.length === 0 ? {} : { reactions }),
    ...(isPinned(annotations) ? { pinned: true } : {}),
    ...(record.timer === undefined ? {} : { timer: record.timer }),
    ...(isRunning(record) ? { expiresAt: dueAt(record) } : {}),
  }
}

function contentOf(
  { event, annotations, content }: MessageRecord,
  text: Text | undefined,
  files: Media | undefined,
): MessageContent {
  // Ours, made by `group-events.ts`: what somebody sent never gets there.
  if (event !== undefined) return { kind: 'groupEvent', event: event as unknown as GroupEvent }
  if (annotations?.deleted !== undefined) return { kind: 'deleted', by: annotations.deleted.by }
  if (text !== undefined) return { kind: 'text', ...wordsOf(text) }
  if (files !== undefined) {
    const { body, styles, mentions } = files
    const words = body === undefined ? {} : wordsOf({ body, styles, mentions })
    return { kind: 'media', items: toViews(files), ...words }
  }
  return { kind: 'unknown', original: v.parse(v.looseObject({ kind: v.string() }), content) }
}

/** What some messages quote. */
export function quotesIn(messages: readonly Message[]): MessageName[] {
  return messages.flatMap(({ quote }) => (quote === undefined ? [] : [{ author: quote.author, id: quote.id }]))
}

/** A quote, with what this device has of the message now. */
export function quoteOf(
  { author, id }: MessageName,
  order: number | undefined,
  record: MessageRecord | undefined,
): Quote {
  if (order === undefined || record?.id !== id) return { author, id }
  if (record.annotations?.deleted !== undefined) return { author, id, order, deleted: true }
  const files = currentFiles(record)
  const file = files && quotedFile(toViews(files))
  const { body = '', styles, mentions } = currentText(record) ?? files ?? {}
  const text = body === '' ? {} : { text: beginningOf({ body, styles, mentions }) }
  return { author, id, order, ...text, ...(file && { file }) }
}

/** The first words, with what stands on them. */
function beginningOf({ body, styles = [], mentions = [] }: Words): PlainWords {
  // Not between the halves of a surrogate pair.
  const end = /[\uD800-\uDBFF]/.test(body.charAt(QUOTED - 1)) ? QUOTED - 1 : QUOTED
  const isCut = body.length > end
  return {
    body: isCut ? body.slice(0, end) : body,
    ...(styles.length > 0 ? { styles: cutAt(styles, end) } : {}),
    ...(mentions.length > 0 ? { mentions: cutAt(mentions, end) } : {}),
  }
}

function cutAt<T extends { readonly start: number; readonly length: number }>(ranges: readonly T[], end: number): T[] {
  const cut = (range: T): T => ({ ...range, length: Math.min(range.length, end - range.start) })
  return ranges.filter(({ start }) => start < end).map(cut)
}
