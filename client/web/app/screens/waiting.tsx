import { Trans } from '@lingui/react/macro'
import { RotateCw } from 'lucide-react'
import { Button, Spinner } from '../../kit/index.ts'
import { useOtherBuildWaits } from '../../state/index.ts'
import { goOver } from '../../sw/updates.ts'
import { Page } from './page.tsx'

/** Two builds never run an engine at a time: this one starts when the tabs of the other have been closed or reloaded. */
export function WaitingScreen() {
  return useOtherBuildWaits() ? <HandedOver /> : <Waiting />
}

function Waiting() {
  return (
    <Page title={<Trans>Another version is still open</Trans>}>
      <p className="text-muted">
        <Trans>
          SilentRelay was updated, and an older version is open in another tab. Close that tab or update it, and this
          one goes on by itself.
        </Trans>
      </p>
      <p role="status" className="flex items-center gap-2 text-muted">
        <Spinner />
        <Trans>Waiting for the other tab…</Trans>
      </p>
    </Page>
  )
}

/** This tab is the older one: it was hidden when the other build asked, and let it have the engine. */
function HandedOver() {
  return (
    <Page title={<Trans>Another version has taken over</Trans>}>
      <p className="text-muted">
        <Trans>SilentRelay goes on in another tab, in another version. Reload to go on here, too.</Trans>
      </p>
      <Button icon={<RotateCw className="size-4.5" aria-hidden />} onClick={() => void goOver()}>
        <Trans>Reload</Trans>
      </Button>
    </Page>
  )
}
