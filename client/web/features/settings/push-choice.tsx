import { Trans, useLingui } from '@lingui/react/macro'
import { useCallback, useState } from 'react'
import { failureCode } from '../../app/failure.ts'
import { Banner, Switch, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { Card } from '../contact/card.tsx'
import { Asked } from './asked.tsx'
import { useFailureText } from './failure.ts'
import { type PushState, pushState, turnOff, turnOn } from './pushes.ts'
import { useAnswer } from './use-answer.ts'

/** Whether this device is told of messages while the client is closed. */
export function PushChoice() {
  const api = useApi()
  const { answer, again } = useAnswer(useCallback(() => pushState(api), [api]))
  return (
    <Asked answer={answer} again={again}>
      {(state) => <Choice key={state} before={state} />}
    </Asked>
  )
}

function Choice({ before }: { readonly before: PushState }) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const [state, setState] = useState(before)
  const [busy, setBusy] = useState(false)
  const change = (on: boolean) => {
    setBusy(true)
    const changed = on ? turnOn(api, t`New message`) : turnOff(api)
    changed
      .then(setState, (error: unknown) => toast(failureText(failureCode(error)), { tone: 'danger' }))
      .finally(() => setBusy(false))
  }
  if (state === 'unsupported') {
    return <Banner tone="info">{t`This browser cannot be told of messages while the client is closed.`}</Banner>
  }
  if (state === 'notOffered') {
    return <Banner tone="info">{t`This relay does not tell closed clients of messages.`}</Banner>
  }
  return (
    <Card>
      <Switch
        label={t`Notifications while closed`}
        hint={t`You are told that there is a new message when no window of the client is open. Off: you see it when you open one.`}
        checked={state === 'on'}
        disabled={busy || state === 'denied'}
        onCheckedChange={change}
      />
      <p className="text-meta text-muted">
        <Trans>
          A push says that there is something new, and nothing else. Your browser’s push service learns when that is,
          and not from whom. In quiet hours the notice makes no sound: browsers want one for each push.
        </Trans>
      </p>
      {state === 'denied' ? (
        <Banner tone="warning" title={<Trans>The browser does not allow it</Trans>}>
          <Trans>Allow notifications for this page in the browser’s settings, then turn them on here.</Trans>
        </Banner>
      ) : null}
    </Card>
  )
}
