import { I18nProvider, useLingui } from '@lingui/react'
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import type { Phase } from '../engine/api.ts'
import Onboarding from '../features/onboarding/onboarding.tsx'
import LockScreen from '../features/lock/lock-screen.tsx'
import { i18n } from '../i18n/i18n.ts'
import { directionOf } from '../i18n/languages.ts'
import { DirectionProvider, Toaster, TooltipProvider } from '../kit/index.ts'
import { usePhase } from '../state/index.ts'
import { Announcer } from './announcer.tsx'
import { ErrorBoundary } from './screens/crashed.tsx'
import { FailedScreen } from './screens/failed.tsx'
import { StartingScreen } from './screens/starting.tsx'
import { WaitingScreen } from './screens/waiting.tsx'
import { UpdatePrompt } from './update-prompt.tsx'

const importAccount = () => import('./account.tsx')
const Account = lazy(importAccount)
/** Somebody who makes an account or unlocks one is busy for longer. */
const PREPARE_AFTER_MS = 2_000
/** So that it is there when it is shown; where this fails, showing it fails again, and says so. */
const prepareAccount = () => void importAccount().catch(() => undefined)
// Who was here before nearly always has an account: it is fetched while the engine opens it.
if ('serviceWorker' in navigator && navigator.serviceWorker.controller !== null) prepareAccount()

/** Everything, by where the browser profile stands. */
export function App() {
  return (
    <I18nProvider i18n={i18n}>
      <Directed>
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
      </Directed>
    </I18nProvider>
  )
}

/** Arrow keys and places of menus, tabs and groups go by the direction of the language. */
function Directed({ children }: { children: ReactNode }) {
  const { i18n: shown } = useLingui()
  return <DirectionProvider dir={directionOf(shown.locale)}>{children}</DirectionProvider>
}

const needsOnboarding = (phase: Phase): boolean =>
  phase.phase === 'new' || (phase.phase === 'ready' && !phase.profile.recoveryConfirmed)

function ByPhase() {
  const phase = usePhase()
  // Onboarding ends when the user says so, one step after the engine is ready.
  const [onboarding, setOnboarding] = useState(false)
  const isStarting = phase.phase === 'starting'
  useEffect(() => {
    if (isStarting) return undefined
    // On a first visit, after what it shows.
    const timer = setTimeout(prepareAccount, PREPARE_AFTER_MS)
    return () => clearTimeout(timer)
  }, [isStarting])
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
      return <Account />
    case 'revoked':
      return <Account />
  }
}
