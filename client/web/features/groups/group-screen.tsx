import { Trans } from '@lingui/react/macro'
import { Navigate, useNavigate, useParams } from '@tanstack/react-router'
import { UserX } from 'lucide-react'
import { useState } from 'react'
import type { ConversationRow, GroupView } from '../../engine/api.ts'
import { Banner, EmptyState, Skeleton } from '../../kit/index.ts'
import { useConversation, useConversationsLoaded } from '../../state/index.ts'
import { Card } from '../contact/card.tsx'
import { ListSettings } from '../contact/list-settings.tsx'
import { Pane } from '../contact/pane.tsx'
import { Asked } from '../settings/asked.tsx'
import { DetailsCard } from './details-card.tsx'
import { GroupHead } from './group-head.tsx'
import { LeaveCard } from './leave-card.tsx'
import { LinksCard } from './links-card.tsx'
import { MembersCard } from './members-card.tsx'
import { mayManage } from './offers.ts'
import { RulesCard } from './rules-card.tsx'
import { StageText } from './stage-text.tsx'
import { StartAgain } from './start-again.tsx'
import { useGroupAnswer } from './use-group.ts'

/** `/c/$id/group`: who is in a group, and what the own role may change. */
export function GroupScreen() {
  const { id } = useParams({ from: '/chats/c/$id/group' })
  const row = useConversation(id)
  const loaded = useConversationsLoaded()
  const navigate = useNavigate()
  const [scroller, setScroller] = useState<HTMLElement | null>(null)
  if (row !== undefined && row.group === undefined) return <Navigate to="/c/$id/contact" params={{ id }} replace />
  return (
    <Pane
      title={<Trans>Group</Trans>}
      onBack={() => void navigate({ to: '/c/$id', params: { id } })}
      scroller={setScroller}
    >
      {row !== undefined ? (
        <Loaded key={id} row={row} scroller={scroller} />
      ) : loaded ? (
        <EmptyState icon={<UserX />} title={<Trans>There is no such group here</Trans>}>
          <Trans>It may be on another device of yours.</Trans>
        </EmptyState>
      ) : (
        <Skeleton className="h-40 w-full rounded-card" />
      )}
    </Pane>
  )
}

interface LoadedProps {
  readonly row: ConversationRow
  readonly scroller: HTMLElement | null
}

function Loaded({ row, scroller }: LoadedProps) {
  const { answer, again } = useGroupAnswer(row.id)
  return (
    <Asked answer={answer} again={again}>
      {(group) => <Group row={row} group={group} scroller={scroller} />}
    </Asked>
  )
}

function Group({ row, group, scroller }: LoadedProps & { readonly group: GroupView }) {
  const joined = group.stage === 'joined'
  // Whoever left, or was removed, keeps nothing of the group but what was written.
  const isKnown = group.list.length > 0
  return (
    <>
      <GroupHead group={group} />
      {joined || group.stage === 'joining' ? null : (
        <Banner tone={group.stage === 'broken' ? 'warning' : 'info'} title={<StageText stage={group.stage} />}>
          {group.stage === 'broken' ? (
            <Trans>Nothing is sent to it any more. What stands here is how it was before.</Trans>
          ) : isKnown ? (
            <Trans>What stands here is how it was when this device last knew.</Trans>
          ) : (
            <Trans>What was written stays on this device. Who is in it now, only its members know.</Trans>
          )}
        </Banner>
      )}
      {group.stage === 'broken' ? <StartAgain group={group} /> : null}
      {isKnown ? <MembersCard group={group} scroller={scroller} /> : null}
      {mayManage(group) ? <LinksCard group={group} /> : null}
      {joined ? <RulesCard group={group} /> : null}
      <Card>
        <ListSettings row={row} />
      </Card>
      <DetailsCard group={group} />
      {joined || group.stage === 'broken' ? <LeaveCard group={group} /> : null}
    </>
  )
}
