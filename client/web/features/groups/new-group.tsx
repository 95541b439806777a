import { Trans } from '@lingui/react/macro'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { LIMITS } from '#protocol/limits.ts'
import { Button } from '../../kit/index.ts'
import { Pane } from '../contact/pane.tsx'
import { NameStep } from './name-step.tsx'
import { PeoplePicker } from './people-picker.tsx'
import type { Picked } from './picked.ts'
import { Unreachable } from './unreachable.tsx'

/** Nobody is in a group that does not exist yet. */
const NOBODY: ReadonlySet<string> = new Set()

interface Made {
  readonly id: string
  readonly unreachable: readonly Picked[]
}

/** `/new/group`: people, then a name. */
export function NewGroup() {
  const navigate = useNavigate()
  const [scroller, setScroller] = useState<HTMLElement | null>(null)
  const [picked, setPicked] = useState<readonly Picked[]>([])
  const [naming, setNaming] = useState(false)
  const [made, setMade] = useState<Made>()
  const open = (id: string) => void navigate({ to: '/c/$id', params: { id }, replace: true })
  const back = () => {
    if (made !== undefined) open(made.id)
    else if (naming) setNaming(false)
    else void navigate({ to: '/new' })
  }
  return (
    <Pane
      title={
        made !== undefined ? (
          <Trans>Group created</Trans>
        ) : naming ? (
          <Trans>Name the group</Trans>
        ) : (
          <Trans>New group</Trans>
        )
      }
      onBack={back}
      scroller={setScroller}
    >
      {made !== undefined ? (
        <Unreachable people={made.unreachable} action={<Trans>Open the group</Trans>} onDone={() => open(made.id)} />
      ) : naming ? (
        <NameStep
          picked={picked}
          onMade={(id, unreachable) => {
            const left = picked.filter(({ account }) => unreachable.includes(account))
            if (left.length === 0) open(id)
            else setMade({ id, unreachable: left })
          }}
        />
      ) : (
        <>
          <PeoplePicker
            picked={picked}
            onPicked={setPicked}
            without={NOBODY}
            limit={LIMITS.groupAccounts - 1}
            scroller={scroller}
          />
          <div className="sticky bottom-0 -mx-4 -mb-8 border-t border-line bg-background px-4 pt-3 pb-[max(1rem,env(safe-area-inset-bottom))] wide:-mx-6 wide:px-6">
            <Button size="large" className="w-full" onClick={() => setNaming(true)}>
              {picked.length === 0 ? <Trans>Go on without others for now</Trans> : <Trans>Next</Trans>}
            </Button>
          </div>
        </>
      )}
    </Pane>
  )
}
