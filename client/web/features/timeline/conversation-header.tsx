import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { ArrowLeft, EllipsisVertical, ShieldCheck } from 'lucide-react'
import type { ConversationRow } from '../../engine/api.ts'
import { Avatar, DropdownMenu, IconButton, Tooltip } from '../../kit/index.ts'
import { useTyping } from '../../state/index.ts'
import { useConversationActions } from '../conversations/conversation-actions.tsx'

interface ConversationHeaderProps {
  readonly id: string
  readonly row: ConversationRow | undefined
  readonly name: string
}

/** Whom this is with. The name leads to the contact screen. */
export function ConversationHeader({ id, row, name }: ConversationHeaderProps) {
  const { t } = useLingui()
  const typing = useTyping(id)
  const actions = useConversationActions()
  return (
    <header className="flex min-h-14 shrink-0 items-center gap-1 border-b border-line bg-surface px-2">
      <Tooltip label={t`Back to the conversations`}>
        <Link
          to="/"
          aria-label={t`Back to the conversations`}
          className="grid size-10 shrink-0 place-items-center rounded-control text-muted hover:bg-hover hover:text-text wide:hidden"
        >
          <ArrowLeft aria-hidden className="size-5 rtl:-scale-x-100" />
        </Link>
      </Tooltip>
      <Link
        to="/c/$id/contact"
        params={{ id }}
        className="flex min-w-0 flex-1 items-center gap-3 rounded-control px-2 py-1 hover:bg-hover"
      >
        <Avatar id={id} name={name} size="small" />
        <span className="flex min-w-0 flex-col">
          <span className="flex min-w-0 items-center gap-1.5">
            <h1 tabIndex={-1} className="truncate leading-5 font-semibold">
              <bdi>{name}</bdi>
            </h1>
            {row?.verified === true ? (
              <span className="flex shrink-0 items-center gap-1 text-meta font-medium text-success">
                <ShieldCheck aria-hidden className="size-4" />
                <Trans>Verified</Trans>
              </span>
            ) : null}
          </span>
          <span className="h-4.5 truncate text-meta text-muted">
            {typing ? (
              <span className="text-accent">
                <Trans>typing…</Trans>
              </span>
            ) : row?.username !== undefined && name !== `@${row.username}` ? (
              <bdi>@{row.username}</bdi>
            ) : (
              <Trans>Contact details</Trans>
            )}
          </span>
        </span>
      </Link>
      {row === undefined ? null : (
        <DropdownMenu entries={actions(row)}>
          <IconButton label={t`More about this conversation`} tooltip={false}>
            <EllipsisVertical />
          </IconButton>
        </DropdownMenu>
      )}
    </header>
  )
}
