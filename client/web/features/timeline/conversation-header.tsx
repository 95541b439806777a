import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { ArrowLeft, EllipsisVertical, ShieldCheck, Timer } from 'lucide-react'
import type { ConversationRow, GroupSummary } from '../../engine/api.ts'
import { Avatar, DropdownMenu, IconButton, Tooltip } from '../../kit/index.ts'
import { useTyping } from '../../state/index.ts'
import { durationText } from '../groups/duration.ts'
import { StageText } from '../groups/stage-text.tsx'
import { useConversationActions } from '../conversations/conversation-actions.tsx'
import { TypingText } from '../conversations/typing-text.tsx'

/** Where one stands in the group, else how many are in it. */
function GroupLine({ group: { stage, members } }: { group: GroupSummary }) {
  if (stage !== 'joined') return <StageText stage={stage} />
  return <Plural value={members} one="# member" other="# members" />
}

/** That messages disappear. In a narrow window only after how long, with the rest in the icon’s meaning. */
function TimerLine({ seconds }: { seconds: number }) {
  const { i18n } = useLingui()
  const time = durationText(i18n.locale, seconds)
  return (
    <span className="inline-flex min-w-0 items-center gap-1">
      <Timer aria-hidden className="size-3.5 shrink-0" />
      <span className="truncate max-wide:sr-only">
        <Trans>Messages disappear after {time}</Trans>
      </span>
      <span aria-hidden className="truncate wide:hidden">
        {time}
      </span>
    </span>
  )
}

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
        to={row?.group === undefined ? '/c/$id/contact' : '/c/$id/group'}
        params={{ id }}
        className="flex min-w-0 flex-1 items-center gap-3 rounded-control px-2 py-1 hover:bg-hover"
      >
        <Avatar id={id} name={name} size="small" group={row?.group !== undefined} />
        <span className="flex min-w-0 flex-col">
          <span className="flex min-w-0 items-center gap-1.5">
            <h1 tabIndex={-1} className="min-w-0 leading-5 font-semibold">
              <bdi className="block truncate">{name}</bdi>
            </h1>
            {row?.verified === true ? (
              <span className="flex shrink-0 items-center gap-1 text-meta font-medium text-success">
                <ShieldCheck aria-hidden className="size-4" />
                <Trans>Verified</Trans>
              </span>
            ) : null}
          </span>
          <span className="flex h-4.5 min-w-0 gap-3 text-meta text-muted">
            <span className="truncate">
              {typing.length > 0 ? (
                <span className="text-accent">
                  <TypingText row={row} typists={typing} />
                </span>
              ) : row?.group !== undefined ? (
                <GroupLine group={row.group} />
              ) : row?.username !== undefined && name !== `@${row.username}` ? (
                <bdi>@{row.username}</bdi>
              ) : (
                <Trans>Contact details</Trans>
              )}
            </span>
            {row?.timer === undefined ? null : <TimerLine seconds={row.timer} />}
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
