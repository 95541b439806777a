import { I18nProvider } from '@lingui/react'
import { RouterProvider } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import type { Phase } from '../engine/api.ts'
import { i18n } from '../i18n/i18n.ts'
import { Toaster, TooltipProvider } from '../kit/index.ts'
import { usePhase } from '../state/index.ts'
import { Announcer } from './announcer.tsx'
import { router } from './router.tsx'
import { ErrorBoundary } from './screens/crashed.tsx'
import { FailedScreen } from './screens/failed.tsx'
import { StartingScreen } from './screens/starting.tsx'
import { WaitingScreen } from './screens/waiting.tsx'
import { UpdatePrompt } from './update-prompt.tsx'

const Onboarding = lazy(() => import('../features/onboarding/onboarding.tsx'))
const LockScreen = lazy(() => import('../features/lock/lock-screen.tsx'))

/** Everything, by where the browser profile stands. */
export function App() {
  return (
    <I18nProvider i18n={i18n}>
      <TooltipProvider>
        <ErrorBoundary>
          <Suspense fallback={<StartingScreen />}>
            <ByPhase />
          </Suspense>
        </ErrorBoundary>
        <UpdatePrompt />
        <Announcer />
        <Toaster />
      </TooltipProvider>
    </I18nProvider>
  )
}

const needsOnboarding = (phase: Phase): boolean =>
  phase.phase === 'new' || (phase.phase === 'ready' && !phase.profile.recoveryConfirmed)

function ByPhase() {
  const phase = usePhase()
  // Onboarding ends when the user says so, one step after the engine is ready.
  const [onboarding, setOnboarding] = useState(false)
  if (!onboarding && needsOnboarding(phase)) setOnboarding(true)
  switch (phase.phase) {
    case 'starting':
      return <StartingScreen />
    case 'waitingForOtherBuild':
      return <WaitingScreen />
    case 'failed':
      return <FailedScreen code={phase.code} />
    case 'locked':
      return <LockScreen lock={phase.lock} />
    case 'new':
      return <Onboarding phase={phase} onDone={() => setOnboarding(false)} />
    case 'ready':
      if (onboarding) return <Onboarding phase={phase} onDone={() => setOnboarding(false)} />
      return <RouterProvider router={router} />
    case 'revoked':
      return <RouterProvider router={router} />
  }
}
