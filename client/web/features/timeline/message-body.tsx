import { Trans } from '@lingui/react/macro'
import { Suspense, lazy, memo, useState } from 'react'
import type { MediaPlace, MessageContent } from '#sdk/index.ts'
import { cx } from '../../kit/index.ts'
import { heightOf } from '../media/layout.ts'
import { RichText } from './rich-text.tsx'
import { foldAt, isVisible, largeEmojiIn } from './text-shape.ts'

const MediaBody = lazy(() => import('../media/media-body.tsx'))

/** Messages that were unfolded stay so when they scroll out of sight and back. By id; gone with the tab. */
const unfolded = new Set<string>()

const LINK_LIKE = 'mt-1 min-h-6 rounded-[0.3rem] text-meta font-semibold underline underline-offset-2'

interface MessageBodyProps {
  readonly id: string
  /** Where its files are found. */
  readonly place: Omit<MediaPlace, 'item'>
  readonly outgoing: boolean
  /** Of what can be pressed in it. */
  readonly tabIndex: number
  readonly content: MessageContent
  /** Room at the end of the text's last line, as wide as this text. */
  readonly room?: string | undefined
}

/** What a message says: large for emoji alone, in part when it is long, in words when there is nothing to see. */
export const MessageBody = memo(function MessageBody(props: MessageBodyProps) {
  const { id, content, room } = props
  const [open, setOpen] = useState(() => unfolded.has(id))
  if (content.kind === 'deleted') {
    return (
      <span className="block italic">
        <Trans>This message was deleted.</Trans>
      </span>
    )
  }
  if (content.kind === 'media') return <FilesBody {...props} content={content} />
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

/** Files, with what is written below them. */
function FilesBody({
  place,
  content: { items, body, styles, mentions },
  outgoing,
  tabIndex,
}: MessageBodyProps & { readonly content: Extract<MessageContent, { kind: 'media' }> }) {
  return (
    <span className="block">
      <Suspense fallback={<span className="block w-68 max-w-full" style={{ height: heightOf(items) }} />}>
        <MediaBody place={place} items={items} outgoing={outgoing} tabIndex={tabIndex} />
      </Suspense>
      {body === undefined || !isVisible(body) ? null : <RichText body={body} styles={styles} mentions={mentions} />}
    </span>
  )
}
