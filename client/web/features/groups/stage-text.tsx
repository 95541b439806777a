import { Trans } from '@lingui/react/macro'
import type { GroupStage } from '#sdk/index.ts'

/** Where this account stands in a group that it is not simply in, in a few words. */
export function StageText({ stage }: { stage: Exclude<GroupStage, 'joined'> }) {
  switch (stage) {
    case 'joining':
      return <Trans>Joining…</Trans>
    case 'rejoining':
      return <Trans>Waiting to be let in again</Trans>
    case 'left':
      return <Trans>You left this group</Trans>
    case 'removed':
      return <Trans>You were removed from this group</Trans>
    case 'broken':
      return (
        <span className="text-warning">
          <Trans>Stopped: not safe any more</Trans>
        </span>
      )
  }
}
