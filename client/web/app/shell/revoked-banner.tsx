import { Trans } from '@lingui/react/macro'
import { Banner } from '../../kit/index.ts'
import { usePhase } from '../../state/index.ts'

/** This device was removed from its account. */
export function RevokedBanner() {
  const { phase } = usePhase()
  if (phase !== 'revoked') return null
  return (
    <aside>
      <Banner tone="danger" className="m-2 mb-0" title={<Trans>This device was removed from your account</Trans>}>
        <Trans>
          You can still read what is here, but nothing is sent or received any more. To use SilentRelay on this device
          again, clear this site’s data in the browser.
        </Trans>
      </Banner>
    </aside>
  )
}
