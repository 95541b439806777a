import { Trans, useLingui } from '@lingui/react/macro'
import { DoorOpen, RotateCw, ShieldAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { GroupStage } from '#sdk/index.ts'
import type { GroupView } from '../../engine/api.ts'
import { Button, Spinner, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { useCommand, useFailureText } from '../settings/failure.ts'
import { StartAgain } from './start-again.tsx'

interface BarProps {
  readonly icon: ReactNode
  readonly children: ReactNode
  readonly action?: ReactNode
}

function Bar({ icon, children, action }: BarProps) {
  return (
    <div className="flex shrink-0 flex-wrap items-center justify-center gap-x-4 gap-y-2 border-t border-line bg-surface px-4 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
      <p className="flex max-w-xl items-start gap-2.5 text-muted [&_svg]:mt-0.5 [&_svg]:size-5 [&_svg]:shrink-0">
        {icon}
        <span>{children}</span>
      </p>
      {action}
    </div>
  )
}

interface GroupBarProps {
  readonly id: string
  readonly stage: Exclude<GroupStage, 'joined'>
  /** Once it is known. */
  readonly group: GroupView | undefined
}

/** In the place of the composer, where nothing can be written to a group: why, and what helps. */
export function GroupBar({ id, stage, group }: GroupBarProps) {
  switch (stage) {
    case 'joining':
      return (
        <Bar icon={<Spinner />}>
          <Trans>You are joining this group. You can write in a moment.</Trans>
        </Bar>
      )
    case 'rejoining':
      return (
        <Bar icon={<Spinner />} action={<AskAgain id={id} />}>
          <Trans>
            This device lost the keys of the group and has asked the others to let it in again. One of them has to be
            online.
          </Trans>
        </Bar>
      )
    case 'left':
      return (
        <Bar icon={<DoorOpen aria-hidden />}>
          <Trans>You left this group. To come back, ask a member for an invite link.</Trans>
        </Bar>
      )
    case 'removed':
      return (
        <Bar icon={<DoorOpen aria-hidden />}>
          <Trans>You were removed from this group. You can still read what you received before.</Trans>
        </Bar>
      )
    case 'broken':
      return (
        <Bar
          icon={<ShieldAlert aria-hidden className="text-warning" />}
          action={group === undefined ? null : <StartAgain group={group} />}
        >
          <Trans>This group is not safe any more, so nothing is sent to it. You can still read it.</Trans>
        </Bar>
      )
  }
}

function AskAgain({ id }: { id: string }) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const { busy, failure, run } = useCommand()
  const ask = async () => {
    if (await run(() => api.rejoinGroup(id))) toast(t`The other members were asked again`)
  }
  return (
    <span className="flex flex-wrap items-center gap-3">
      <Button
        variant="secondary"
        busy={busy}
        icon={<RotateCw aria-hidden className="size-4" />}
        onClick={() => void ask()}
      >
        <Trans>Ask again</Trans>
      </Button>
      {failure === undefined ? null : (
        <span role="alert" className="text-meta text-danger">
          {failureText(failure)}
        </span>
      )}
    </span>
  )
}
