import { Trans, useLingui } from '@lingui/react/macro'
import type { ConversationRow, SearchHitView } from '../../engine/api.ts'
import { Avatar, cx } from '../../kit/index.ts'
import { useAllConversations, useProfile } from '../../state/index.ts'
import { useNameOfRow } from '../conversations/display-name.ts'
import { nameOf } from '../conversations/name-of.ts'
import { fullTime, shortTime } from '../conversations/times.ts'
import { ViewName } from '../media/view-name.tsx'
import { FoundText } from './found-text.tsx'

/** Names of files in a result. */
const MOST_FILES = 3

interface ResultListProps {
  readonly id: string
  readonly conversations: readonly ConversationRow[]
  readonly hits: readonly SearchHitView[]
  /** The one that Enter opens. */
  readonly active: number
  readonly more: boolean
  readonly isFailed: boolean
  /** Something is searched for. */
  readonly isAsked: boolean
  readonly onOpen: (index: number) => void
  readonly onActive: (index: number) => void
}

/** Conversations, then messages. The focus stays in the field; the active one is marked. */
export function ResultList({ id, conversations, hits, active, more, isFailed, isAsked, ...rest }: ResultListProps) {
  const { onOpen, onActive } = rest
  const { t, i18n } = useLingui()
  const own = useProfile()?.account
  const all = useAllConversations()
  const nameOfRow = useNameOfRow()
  const option = (index: number) => ({
    id: `${id}-${index}`,
    role: 'option' as const,
    'aria-selected': index === active,
    onClick: () => onOpen(index),
    onPointerMove: () => onActive(index),
    className: cx('flex min-h-13 items-center gap-3 rounded-control px-2 py-1', index === active && 'bg-selected'),
  })
  return (
    <div className="mt-3">
      <ul id={id} role="listbox" aria-label={t`Results`} className="-mx-2 max-h-[min(24rem,45dvh)] overflow-y-auto">
        {conversations.map((row, index) => {
          const name = nameOfRow(row)
          return (
            <li key={row.id} {...option(index)}>
              <Avatar id={row.id} name={name} size="small" group={row.group !== undefined} />
              <span className="min-w-0 flex-1 truncate font-medium">
                <bdi>{name}</bdi>
              </span>
            </li>
          )
        })}
        {hits.map((hit, index) => {
          const row = all.get(hit.conversation)
          const name = nameOfRow(row)
          const author = hit.author.account === own ? t`You` : (nameOf(hit.author) ?? name)
          return (
            <li key={`${hit.conversation} ${hit.order}`} {...option(conversations.length + index)}>
              <Avatar id={hit.conversation} name={name} size="small" group={row?.group !== undefined} />
              <span className="min-w-0 flex-1">
                <span className="flex gap-2 text-meta text-muted">
                  <span className="min-w-0 flex-1 truncate">
                    <bdi className="font-semibold">{author}</bdi>
                    {author === name ? null : (
                      <>
                        {' · '}
                        <bdi>{name}</bdi>
                      </>
                    )}
                  </span>
                  <time dateTime={new Date(hit.at).toISOString()} title={fullTime(i18n.locale, hit.at)}>
                    {shortTime(i18n.locale, hit.at, Date.now())}
                  </time>
                </span>
                {hit.files?.slice(0, MOST_FILES).map(({ view, name: file, ranges }, place) => (
                  <span key={place} className="line-clamp-1 text-meta [overflow-wrap:anywhere]">
                    <ViewName view={view} />
                    {file === '' ? null : <FoundText body={file} ranges={ranges} />}
                  </span>
                ))}
                {hit.body === '' ? null : (
                  <span className="line-clamp-2 [overflow-wrap:anywhere]">
                    <FoundText body={hit.body} styles={hit.styles} ranges={hit.ranges} />
                  </span>
                )}
              </span>
            </li>
          )
        })}
      </ul>
      <p role="status" className="text-center text-meta text-muted">
        {isFailed ? (
          <Trans>The messages could not be searched. Try again.</Trans>
        ) : more ? (
          <Trans>There are more: add a word or a filter.</Trans>
        ) : isAsked && hits.length === 0 ? (
          <Trans>No message has that.</Trans>
        ) : null}
      </p>
    </div>
  )
}
