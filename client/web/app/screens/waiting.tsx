import { Trans } from '@lingui/react/macro'
import { Spinner } from '../../kit/index.ts'
import { Page } from './page.tsx'

/** Two builds never run an engine at a time: this one starts when the tabs of the other have been closed or reloaded. */
export function WaitingScreen() {
  return (
    <Page title={<Trans>Another version is still open</Trans>}>
      <p className="text-muted">
        <Trans>
          SilentRelay was updated, and an older version is open in another tab. Close that tab or reload it, and this
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
