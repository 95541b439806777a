import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Navigate, useNavigate, useParams } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { LIMITS } from '#protocol/limits.ts'
import type { GroupView } from '../../engine/api.ts'
import { Button, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { Pane } from '../contact/pane.tsx'
import { Asked } from '../settings/asked.tsx'
import { useCommand, useFailureText } from '../settings/failure.ts'
import { mayAdd } from './offers.ts'
import { PeoplePicker } from './people-picker.tsx'
import type { Picked } from './picked.ts'
import { Unreachable } from './unreachable.tsx'
import { useGroupAnswer } from './use-group.ts'

/** `/c/$id/group/add`: adds people to a group. */
export function AddPeople() {
  const { id } = useParams({ from: '/chats/c/$id/group/add' })
  const navigate = useNavigate()
  const [scroller, setScroller] = useState<HTMLElement | null>(null)
  const { answer, again } = useGroupAnswer(id)
  const back = () => void navigate({ to: '/c/$id/group', params: { id } })
  return (
    <Pane title={<Trans>Add people</Trans>} onBack={back} scroller={setScroller}>
      <Asked answer={answer} again={again}>
        {(group) =>
          mayAdd(group) ? (
            <Adding group={group} scroller={scroller} onDone={back} />
          ) : (
            <Navigate to="/c/$id/group" params={{ id }} replace />
          )
        }
      </Asked>
    </Pane>
  )
}

interface AddingProps {
  readonly group: GroupView
  readonly scroller: HTMLElement | null
  readonly onDone: () => void
}

function Adding({ group, scroller, onDone }: AddingProps) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const { busy, failure, run, clear } = useCommand()
  const [picked, setPicked] = useState<readonly Picked[]>([])
  const [left, setLeft] = useState<readonly Picked[]>()
  const without = useMemo(() => new Set(group.list.map(({ account }) => account)), [group.list])
  const add = async () => {
    let unreachable: readonly string[] = []
    const accounts = picked.map(({ account }) => account)
    if (!(await run(async () => void ({ unreachable } = await api.addToGroup(group.id, accounts))))) return
    if (unreachable.length > 0) return setLeft(picked.filter(({ account }) => unreachable.includes(account)))
    toast(t`Added to the group`, { tone: 'success' })
    onDone()
  }
  if (left !== undefined) return <Unreachable people={left} action={<Trans>Back to the group</Trans>} onDone={onDone} />
  return (
    <>
      <PeoplePicker
        picked={picked}
        onPicked={(choose) => {
          setPicked(choose)
          clear()
        }}
        without={without}
        limit={LIMITS.groupAccounts - group.members}
        scroller={scroller}
      />
      {picked.length === 0 ? null : (
        <div className="sticky bottom-0 -mx-4 -mb-8 flex flex-col gap-2 border-t border-line bg-background px-4 pt-3 pb-[max(1rem,env(safe-area-inset-bottom))] wide:-mx-6 wide:px-6">
          {failure === undefined ? null : (
            <p role="alert" className="text-danger">
              {failureText(failure)}
            </p>
          )}
          <p className="text-meta text-muted">
            <Trans>They read what is written from now on, and nothing of before.</Trans>
          </p>
          <Button size="large" busy={busy} onClick={() => void add()}>
            <Plural value={picked.length} one="Add # person" other="Add # people" />
          </Button>
        </div>
      )}
    </>
  )
}
