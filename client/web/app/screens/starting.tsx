import { Trans } from '@lingui/react/macro'
import { Spinner } from '../../kit/index.ts'
import { Logo } from '../logo.tsx'

/** Until the engine tells where it stands: a moment, so that nothing but the mark is shown at first. */
export function StartingScreen() {
  return (
    <main className="grid h-full place-content-center justify-items-center gap-6 bg-background">
      <Logo className="size-20" />
      <h1 className="sr-only">SilentRelay</h1>
      <p className="flex animate-enter items-center gap-2 text-muted [animation-delay:600ms] [animation-fill-mode:both]">
        <Spinner />
        <Trans>Opening your messages…</Trans>
      </p>
    </main>
  )
}
