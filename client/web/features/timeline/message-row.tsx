import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Forward, Pin, RotateCw } from 'lucide-react'
import { memo, useMemo } from 'react'
import { Avatar, cx, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { clockTime, fullTime } from '../conversations/times.ts'
import { SenderName } from '../groups/sender-name.tsx'
import { QuoteView } from '../marks/quote-view.tsx'
import { ReactionsRow } from '../marks/reactions-row.tsx'
import { FailureText } from './failure-text.tsx'
import { MessageBody } from './message-body.tsx'
import { MessageStateIcon } from './message-state.tsx'
import type { MessageItem } from './rows.ts'
import { TimerMark } from './timer-mark.tsx'
import { hasPlainEnd, largeEmojiIn } from './text-shape.ts'

export interface MessageMarks {
  /** What the other side is called: between two, authors have no name of their own. */
  readonly name: string
  readonly isGroup: boolean
  readonly onJump: (order: number) => void
  /** Absent where nothing can be sent. */
  readonly onReact?: ((item: MessageItem, emoji: string | undefined) => void) | undefined
}

interface MessageRowProps extends MessageMarks {
  readonly item: MessageItem
  readonly conversation: string
  readonly first: boolean
  readonly last: boolean
  /** Who wrote it, for those who hear the list. */
  readonly author: string
  /** In a group, of the messages of others: whose avatar stands beside them. */
  readonly sender?: string | undefined
  readonly tabIndex: number
}

/** Why a message stands where it stands, under its bubble, with what can be done. */
function Trouble({ item }: { item: MessageItem }) {
  const { t } = useLingui()
  const api = useApi()
  if (item.state === 'blocked') {
    return (
      <p className="mt-1 text-meta text-warning">
        <Trans>Held back until you accept the new safety number.</Trans>
      </p>
    )
  }
  if (item.state !== 'failed') return null
  const retry = () => {
    api.retryMessage(item.id).catch(() => toast(t`That did not work. Please try again.`, { tone: 'danger' }))
  }
  return (
    <p className="mt-1 flex flex-wrap items-center justify-end gap-x-2 text-meta text-danger">
      <FailureText failure={item.failure} />
      <button
        type="button"
        onClick={retry}
        className="inline-flex min-h-6 items-center gap-1 rounded-[0.3rem] font-semibold underline underline-offset-2"
      >
        <RotateCw aria-hidden className="size-3.5" />
        <Trans>Try again</Trans>
      </button>
    </p>
  )
}

/** How many members have read an own message, beside its state. */
function ReadCount({ count }: { count: number }) {
  return (
    <span>
      <span aria-hidden>{count}</span>
      <span className="sr-only">
        <Plural value={count} one="by # member" other="by # members" />
      </span>
    </span>
  )
}

/** One message. Focusable, so that keys reach its menu; own ones stand at the end side, those of others at the start. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { item, conversation, first, last, author, sender, tabIndex, name, isGroup, onJump, onReact } = props
  const { t, i18n } = useLingui()
  const { id, order, outgoing, content, state, readBy = 0, quote, forwarded, edited, pinned, reactions = [] } = item
  const place = useMemo(() => ({ conversation, order, id }), [conversation, order, id])
  const named = sender !== undefined && first
  const isPlain = quote === undefined && forwarded === undefined
  const bare = isPlain && content.kind === 'text' && largeEmojiIn(content.body) > 0
  // In the last line where that leaves its text alone; else below it.
  const inline = content.kind === 'text' && hasPlainEnd(content.body) && document.dir !== 'rtl'
  const time = clockTime(i18n.locale, item.at)
  const marks = [pinned ? '✓✓' : '', edited === undefined ? '' : t`edited`].filter((mark) => mark !== '')
  const meta = (
    <span
      className={cx(
        'inline-flex h-4.5 items-center gap-1 text-[0.75rem] leading-4.5 select-none',
        inline ? 'absolute end-3.5 bottom-1.5' : 'float-end ms-3 mt-1.5 -mb-0.5',
        bare || !outgoing ? 'text-muted' : 'text-on-own/80',
      )}
    >
      {pinned ? (
        <span title={t`Pinned`}>
          <Pin aria-hidden className="size-3" />
          <span className="sr-only">
            <Trans>Pinned</Trans>
          </span>
        </span>
      ) : null}
      {edited === undefined ? null : (
        <span title={fullTime(i18n.locale, edited.at)}>
          <Trans>edited</Trans>
        </span>
      )}
      {item.timer === undefined ? null : <TimerMark timer={item.timer} item={item} />}
      <time dateTime={new Date(item.at).toISOString()} title={fullTime(i18n.locale, item.at)}>
        {time}
      </time>
      {outgoing ? <MessageStateIcon state={state} className={state === 'failed' ? 'text-danger' : ''} /> : null}
      {readBy > 0 ? <ReadCount count={readBy} /> : null}
    </span>
  )
  // Room below, not above: what stands before the first loaded message is not known, and a row must not change its height
  // when it becomes known.
  return (
    <div
      className={cx('flex gap-2 px-3 wide:px-5', outgoing ? 'justify-end' : 'justify-start', last ? 'pb-2' : 'pb-0.5')}
    >
      {sender === undefined ? null : (
        <span className="flex w-8 shrink-0 items-end">
          {last ? <Avatar id={sender} name={author} size="small" /> : null}
        </span>
      )}
      <div className="max-w-[min(85%,40rem)] min-w-0">
        <div
          data-message={item.id}
          // What can have the focus has a role and a name: all that stands in it, with author, time and state.
          role="article"
          id={`message-${item.id}`}
          aria-labelledby={`message-${item.id}`}
          tabIndex={tabIndex}
          data-section-focus={tabIndex === 0 || undefined}
          className={cx(
            'relative flow-root overflow-clip [contain:content] focus-visible:outline-offset-1',
            // Without a ground, round corners would only cut the time.
            bare ? 'rounded-md px-1' : 'rounded-bubble px-3.5 py-2',
            !bare && 'border',
            !bare && (outgoing ? 'border-transparent bg-own text-on-own' : 'border-line bg-surface text-text'),
            !bare && !first && (outgoing ? 'rounded-se-md' : 'rounded-ss-md'),
            !bare && !last && (outgoing ? 'rounded-ee-md' : 'rounded-es-md'),
          )}
        >
          {named ? (
            <SenderName account={sender} name={author} tabIndex={tabIndex} bare={bare} />
          ) : (
            <bdi className="sr-only">{author}: </bdi>
          )}
          {forwarded ? (
            <span className="flex items-center gap-1 pb-0.5 text-meta italic">
              <Forward aria-hidden className="size-3.5 rtl:-scale-x-100" />
              <Trans>Forwarded</Trans>
            </span>
          ) : null}
          {quote === undefined ? null : (
            <QuoteView quote={quote} name={name} isGroup={isGroup} tabIndex={tabIndex} onJump={onJump} />
          )}
          <MessageBody
            id={item.id}
            place={place}
            outgoing={outgoing}
            tabIndex={tabIndex}
            content={content}
            room={
              inline
                ? `${marks.join(' ')} ${item.timer === undefined ? '' : '✓✓ '}${time}${outgoing ? ` ✓✓${readBy > 0 ? ` ${readBy}` : ''}` : ''}`
                : undefined
            }
          />
          {meta}
        </div>
        {reactions.length === 0 ? null : (
          <ReactionsRow
            reactions={reactions}
            tabIndex={tabIndex}
            onToggle={onReact && ((emoji, isOwn) => onReact(item, isOwn ? undefined : emoji))}
          />
        )}
        {outgoing ? <Trouble item={item} /> : null}
      </div>
    </div>
  )
})
