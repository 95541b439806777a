import type { MessageContent } from '#sdk/index.ts'
import { quotedFile } from '#sdk/session/annotations/quoted-file.ts'
import type { QuoteView } from '../engine/api.ts'

/** What a quote shows of a message's content. */
export function quotedContent(content: MessageContent): Pick<QuoteView, 'text' | 'file' | 'deleted'> {
  if (content.kind === 'text') return { text: content }
  if (content.kind === 'deleted') return { deleted: true }
  if (content.kind !== 'media') return {}
  const { body, styles, mentions, items } = content
  const file = quotedFile(items)
  const text = body === undefined ? {} : { text: { body, ...(styles && { styles }), ...(mentions && { mentions }) } }
  return { ...text, ...(file && { file }) }
}
