import { Trans } from '@lingui/react/macro'
import { DoorOpen } from 'lucide-react'
import { useState } from 'react'
import type { GroupView } from '../../engine/api.ts'
import { Button } from '../../kit/index.ts'
import { LeaveDialog } from './leave-dialog.tsx'

/** The way out. */
export function LeaveCard({ group }: { readonly group: GroupView }) {
  const [leaving, setLeaving] = useState(false)
  return (
    <>
      <Button
        variant="secondary"
        className="self-start text-danger!"
        icon={<DoorOpen aria-hidden className="size-5" />}
        onClick={() => setLeaving(true)}
      >
        <Trans>Leave group</Trans>
      </Button>
      {leaving ? <LeaveDialog group={group} onClose={() => setLeaving(false)} /> : null}
    </>
  )
}
