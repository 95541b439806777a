import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { AtSign, BellOff, Pin, ShieldCheck } from 'lucide-react'
import { memo } from 'react'
import type { ConversationRow } from '../../engine/api.ts'
import { Avatar, Badge, cx } from '../../kit/index.ts'
import { useDisplayName } from './display-name.ts'
import { isMuted } from './muted.ts'
import { Preview } from './preview.tsx'
import { shortTime } from './times.ts'

/** A conversation in the list: one link, whose text says everything the row shows. */
export const ListRow = memo(function ListRow({ row, tabIndex }: { row: ConversationRow; tabIndex: number }) {
  const { t, i18n } = useLingui()
  const name = useDisplayName(row)
  const muted = isMuted(row)
  return (
    <Link
      to="/c/$id"
      params={{ id: row.id }}
      data-conversation={row.id}
      tabIndex={tabIndex}
      activeProps={{ 'aria-current': 'page' }}
      className={cx(
        'mx-2 flex h-17 items-center gap-3 rounded-control px-2.5 text-text transition-colors',
        'hover:bg-hover aria-[current=page]:bg-selected focus-visible:outline-offset-[-2px]',
      )}
    >
      <Avatar id={row.id} name={name} group={row.group !== undefined} />
      <span className="flex min-w-0 flex-1 flex-col gap-0.5">
        <span className="flex items-baseline gap-1.5">
          <bdi className={cx('min-w-0 truncate leading-6', row.unread > 0 ? 'font-semibold' : 'font-medium')}>
            {name}
          </bdi>
          {row.group === undefined ? null : (
            <span className="sr-only">
              <Plural value={row.group.members} one="Group with # member" other="Group with # members" />
            </span>
          )}
          {row.verified ? (
            <span className="shrink-0 self-center text-success" title={t`Verified`}>
              <ShieldCheck aria-hidden className="size-4" />
              <span className="sr-only">
                <Trans>Verified</Trans>
              </span>
            </span>
          ) : null}
          {row.lastAt > 0 ? (
            <time dateTime={new Date(row.lastAt).toISOString()} className="ms-auto shrink-0 ps-2 text-meta text-muted">
              {shortTime(i18n.locale, row.lastAt, Date.now())}
            </time>
          ) : null}
        </span>
        <span className="flex items-center gap-1.5 text-meta text-muted">
          <span className="h-4.5 min-w-0 flex-1 truncate">
            <Preview row={row} />
          </span>
          {muted ? (
            <span className="shrink-0" title={t`Muted`}>
              <BellOff aria-hidden className="size-3.5" />
              <span className="sr-only">
                <Trans>Muted</Trans>
              </span>
            </span>
          ) : null}
          {row.pinned ? (
            <span className="shrink-0" title={t`Pinned`}>
              <Pin aria-hidden className="size-3.5" />
              <span className="sr-only">
                <Trans>Pinned</Trans>
              </span>
            </span>
          ) : null}
          {(row.mentions ?? 0) > 0 ? (
            <span title={t`You were mentioned`}>
              <Badge>
                <AtSign aria-hidden strokeWidth={2.5} />
                <span className="sr-only">
                  <Trans>You were mentioned</Trans>
                </span>
              </Badge>
            </span>
          ) : null}
          {row.unread > 0 ? (
            <Badge tone={muted ? 'muted' : 'accent'}>
              <span aria-hidden>{row.unread > 999 ? `${i18n.number(999)}+` : i18n.number(row.unread)}</span>
              <span className="sr-only">
                <Plural value={row.unread} one="# unread message" other="# unread messages" />
              </span>
            </Badge>
          ) : null}
        </span>
      </span>
    </Link>
  )
})
