import { Trans, useLingui } from '@lingui/react/macro'
import { useEffect, useState } from 'react'
import type { ConversationRow } from '../../engine/api.ts'
import { RadioGroup, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { durationText } from '../groups/duration.ts'
import { offeredTimers } from '../groups/timers.ts'
import { useCommand, useFailureText } from '../settings/failure.ts'
import { Card } from './card.tsx'

/** When messages with somebody disappear: either side sets it for both. */
export function TimerCard({ row, name }: { readonly row: ConversationRow; readonly name: string }) {
  const { i18n, t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const { busy, failure, run } = useCommand()
  const { id, timer = 0 } = row
  const [chosen, setChosen] = useState<number>()
  useEffect(() => setChosen(undefined), [timer])
  const save = async (seconds: number) => {
    if (busy || seconds === timer) return
    setChosen(seconds)
    if (await run(() => api.setTimer(id, seconds))) toast(t`Set for both of you`, { tone: 'success' })
    else setChosen(undefined)
  }
  return (
    <Card title={<Trans>Disappearing messages</Trans>}>
      <RadioGroup
        label={t`How long new messages stay after they are sent, or read by the other`}
        value={`${chosen ?? timer}`}
        onValueChange={(seconds) => void save(Number(seconds))}
        options={offeredTimers(timer).map((seconds) => ({
          value: `${seconds}`,
          label: seconds === 0 ? t`They stay` : durationText(i18n.locale, seconds),
        }))}
      />
      <p className="text-meta text-muted">
        <Trans>
          You and <bdi>{name}</bdi> can both change this, and see who did. What is written already keeps its own time.
          Somebody can still copy a message, or photograph it, before it goes.
        </Trans>
      </p>
      {failure === undefined ? null : (
        <p role="alert" className="text-danger">
          {failureText(failure)}
        </p>
      )}
    </Card>
  )
}
