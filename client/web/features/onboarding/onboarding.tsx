import { Trans } from '@lingui/react/macro'
import { useState } from 'react'
import { invitationOf } from '../../app/invitation.ts'
import { Page } from '../../app/screens/page.tsx'
import type { Phase } from '../../engine/api.ts'
import { DoneStep } from './done-step.tsx'
import { RecoveryStep } from './recovery-step.tsx'
import { Steps } from './steps.tsx'
import { UsernameStep } from './username-step.tsx'

interface OnboardingProps {
  readonly phase: Extract<Phase, { phase: 'new' | 'ready' }>
  readonly onDone: () => void
}

/** An account in three steps. Left in the middle and opened again, it goes on at the same step. */
export default function Onboarding({ phase, onDone }: OnboardingProps) {
  const [started] = useState(phase.phase === 'ready')
  // The address is not touched before the account is open: its router follows the link then.
  const [invitation] = useState(() => invitationOf(location.pathname))
  if (phase.phase === 'new') {
    return (
      <Page title={<Trans>Welcome to SilentRelay</Trans>}>
        <Steps current={1} />
        <UsernameStep invitation={invitation} />
      </Page>
    )
  }
  if (!phase.profile.recoveryConfirmed) {
    return (
      <Page key="recovery" title={<Trans>Save your recovery key</Trans>} lead={null}>
        <Steps current={2} moveFocus={!started} />
        <RecoveryStep username={phase.profile.username ?? ''} />
      </Page>
    )
  }
  return (
    <Page key="done" title={<Trans>You are ready</Trans>}>
      <Steps current={3} moveFocus />
      <DoneStep username={phase.profile.username ?? ''} invitation={invitation} onDone={onDone} />
    </Page>
  )
}
