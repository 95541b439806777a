import { Trans } from '@lingui/react/macro'
import { memo, useState } from 'react'
import type { MessageContent } from '#sdk/index.ts'
import { cx } from '../../kit/index.ts'
import { RichText } from './rich-text.tsx'
import { foldAt, isVisible, largeEmojiIn } from './text-shape.ts'

/** Messages that were unfolded stay so when they scroll out of sight and back. By id; gone with the tab. */
const unfolded = new Set<string>()

const LINK_LIKE = 'mt-1 min-h-6 rounded-[0.3rem] text-meta font-semibold underline underline-offset-2'

interface MessageBodyProps {
  readonly id: string
  readonly content: MessageContent
  /** Room at the end of the text's last line, as wide as this text. */
  readonly room?: string | undefined
}

/** What a message says: large for emoji alone, in part when it is long, in words when there is nothing to see. */
export const MessageBody = memo(function MessageBody({ id, content, room }: MessageBodyProps) {
  const [open, setOpen] = useState(() => unfolded.has(id))
  if (content.kind === 'deleted') {
    return (
      <span className="block italic">
        <Trans>This message was deleted.</Trans>
      </span>
    )
  }
  if (content.kind !== 'text') {
    return (
      <span className="block">
        <span className="italic">
          <Trans>This message needs a newer version of SilentRelay.</Trans>
        </span>
        <button type="button" className={cx(LINK_LIKE, 'block')} onClick={() => location.reload()}>
          <Trans>Look for an update</Trans>
        </button>
      </span>
    )
  }
  const { body, styles, mentions } = content
  if (!isVisible(body)) {
    return (
      <span className="block italic">
        <Trans>A message without visible text</Trans>
      </span>
    )
  }
  const emoji = largeEmojiIn(body)
  if (emoji > 0)
    return (
      <RichText body={body} styles={styles} className={emoji === 1 ? 'text-[3rem] leading-[3.5rem]' : 'text-emoji'} />
    )
  const fold = foldAt(body)
  if (fold === undefined) return <RichText body={body} styles={styles} mentions={mentions} room={room} />
  const toggle = () => {
    if (open) unfolded.delete(id)
    else unfolded.add(id)
    setOpen(!open)
  }
  return (
    <span className="block">
      <RichText body={body} styles={styles} mentions={mentions} end={open ? undefined : fold} />
      {open ? null : <span aria-hidden>…</span>}
      <button type="button" aria-expanded={open} className={cx(LINK_LIKE, 'block')} onClick={toggle}>
        {open ? <Trans>Show less</Trans> : <Trans>Show more</Trans>}
      </button>
    </span>
  )
})
