import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { useEffect, useState } from 'react'
import { GROUP_ROLES, type GroupRole } from '#protocol/groups/roles.ts'
import type { GroupView } from '../../engine/api.ts'
import { RadioGroup, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { Card } from '../contact/card.tsx'
import { useCommand, useFailureText } from '../settings/failure.ts'
import { durationText } from './duration.ts'
import { mayManage } from './offers.ts'
import { offered, offeredTimers } from './timers.ts'

/** Pauses of slow mode that are offered, in seconds. */
const PAUSES = [0, 10, 30, 60, 300, 900, 3_600] as const

/** Messages from before they came that new members may be shown: what is offered. */
const HISTORIES = [0, 25, 100, 500] as const

function usePolicyName(): (add: GroupRole) => string {
  const { t } = useLingui()
  return (add) => {
    switch (add) {
      case 'member':
        return t`All members`
      case 'moderator':
        return t`Moderators, admins and owners`
      case 'admin':
        return t`Admins and owners`
      case 'owner':
        return t`Owners`
    }
  }
}

/** Who may add people, slow mode, history, and when messages disappear: to set for those who may, else to read. */
export function RulesCard({ group }: { readonly group: GroupView }) {
  const { i18n, t } = useLingui()
  const policyName = usePolicyName()
  const pauseName = (seconds: number) => (seconds === 0 ? t`Off` : durationText(i18n.locale, seconds))
  const { slowMode = 0, history = 0, timer = 0, policy } = group
  if (mayManage(group)) return <Editable group={group} pauseName={pauseName} />
  return (
    <Card title={<Trans>Rules</Trans>}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 max-wide:grid-cols-1 max-wide:gap-y-0.5">
        <dt className="font-medium">
          <Trans>Who may add people</Trans>
        </dt>
        <dd className="text-muted">{policyName(policy.add)}</dd>
        <dt className="font-medium max-wide:mt-2">
          <Trans>Slow mode</Trans>
        </dt>
        <dd className="text-muted">
          {slowMode === 0 ? <Trans>Off</Trans> : <Trans>One message in {pauseName(slowMode)}</Trans>}
        </dd>
        <dt className="font-medium max-wide:mt-2">
          <Trans>History for new members</Trans>
        </dt>
        <dd className="text-muted">
          {history === 0 ? (
            <Trans>Off</Trans>
          ) : (
            <Plural value={history} one="The last message" other="The last # messages" />
          )}
        </dd>
        <dt className="font-medium max-wide:mt-2">
          <Trans>Disappearing messages</Trans>
        </dt>
        <dd className="text-muted">
          {timer === 0 ? <Trans>Off</Trans> : <Trans>{pauseName(timer)} after they are sent, or read by others</Trans>}
        </dd>
      </dl>
    </Card>
  )
}

interface RuleChange {
  readonly add?: GroupRole
  readonly slowMode?: number
  readonly timer?: number
  readonly history?: number
}

interface EditableProps {
  readonly group: GroupView
  readonly pauseName: (seconds: number) => string
}

function Editable({ group, pauseName }: EditableProps) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const policyName = usePolicyName()
  const { busy, failure, run } = useCommand()
  // What is chosen shows at once, until the group has it; when it fails, what is so shows again.
  const [chosen, setChosen] = useState<RuleChange>({})
  const { slowMode = 0, history = 0, timer = 0, policy } = group
  useEffect(() => setChosen({}), [policy.add, slowMode, history, timer])
  const save = async (change: RuleChange) => {
    if (busy) return
    setChosen(change)
    const { add } = change
    const wanted = {
      ...(add === undefined ? {} : { policy: { add } }),
      ...(change.slowMode === undefined ? {} : { slowMode: change.slowMode }),
      ...(change.timer === undefined ? {} : { timer: change.timer }),
      ...(change.history === undefined ? {} : { history: change.history }),
    }
    if (await run(() => api.changeGroup(group.id, wanted))) toast(t`Saved for all members`, { tone: 'success' })
    else setChosen({})
  }
  return (
    <Card title={<Trans>Rules</Trans>}>
      <RadioGroup
        label={t`Who may add people`}
        value={chosen.add ?? policy.add}
        onValueChange={(add) => void save({ add })}
        options={GROUP_ROLES.map((role) => ({ value: role, label: policyName(role) }))}
      />
      <RadioGroup
        label={t`Slow mode: how long members wait between two messages`}
        value={`${chosen.slowMode ?? slowMode}`}
        onValueChange={(seconds) => void save({ slowMode: Number(seconds) })}
        options={offered(PAUSES, slowMode).map((seconds) => ({ value: `${seconds}`, label: pauseName(seconds) }))}
      />
      <RadioGroup
        label={t`Disappearing messages: how long new ones stay after they are sent, or read by others`}
        value={`${chosen.timer ?? timer}`}
        onValueChange={(seconds) => void save({ timer: Number(seconds) })}
        options={offeredTimers(timer).map((seconds) => ({ value: `${seconds}`, label: pauseName(seconds) }))}
      />
      <div className="flex flex-col gap-1">
        <RadioGroup
          label={t`History: messages that new members are shown`}
          value={`${chosen.history ?? history}`}
          onValueChange={(count) => void save({ history: Number(count) })}
          options={offered(HISTORIES, history).map((count) => ({
            value: `${count}`,
            label: count === 0 ? t`Off` : t`The last ${count}`,
          }))}
        />
        <p className="text-meta text-muted">
          <Trans>
            Members decide this, not the server: the device of one of them shares the messages. Who wrote what is then
            on that member’s word; new members cannot check it.
          </Trans>
        </p>
      </div>
      {failure === undefined ? null : (
        <p role="alert" className="text-danger">
          {failureText(failure)}
        </p>
      )}
    </Card>
  )
}
