import { Trans } from '@lingui/react/macro'
import { RotateCw, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { FailureCode } from '../../engine/api.ts'
import { Button } from '../../kit/index.ts'
import { goOver } from '../../sw/updates.ts'
import { Page } from './page.tsx'

/** What a failure means for the person, and what can be done. */
function explain(code: FailureCode): { readonly title: ReactNode; readonly text: ReactNode } {
  switch (code) {
    case 'storageUnavailable':
      return {
        title: <Trans>This browser keeps no data for us</Trans>,
        text: (
          <Trans>
            Your keys and messages live in this browser, and it does not let this page keep anything. Leave the private
            window, or allow site data for this page, and reload.
          </Trans>
        ),
      }
    case 'storageLost':
      return {
        title: <Trans>The browser has deleted data</Trans>,
        text: (
          <Trans>
            Some of what SilentRelay kept in this browser is gone, so this device cannot go on with its account. Clear
            the data of this site and register again.
          </Trans>
        ),
      }
    case 'storageFull':
      return {
        title: <Trans>This device is full</Trans>,
        text: <Trans>There is no room left to keep messages. Free some space, then reload.</Trans>,
      }
    case 'storageNewer':
      return {
        title: <Trans>Your messages were kept by a newer version</Trans>,
        text: <Trans>This is an older version of SilentRelay. Reload to get the newest; nothing is lost.</Trans>,
      }
    case 'locksUnavailable':
      return {
        title: <Trans>This browser is too old</Trans>,
        text: <Trans>SilentRelay needs a current Chrome, Edge, Firefox or Safari. Please update your browser.</Trans>,
      }
    case 'internal':
      return {
        title: <Trans>Something went wrong</Trans>,
        text: <Trans>SilentRelay could not start. Your messages are still on this device. Reload to try again.</Trans>,
      }
  }
}

export function FailedScreen({ code }: { code: FailureCode }) {
  const { title, text } = explain(code)
  return (
    <Page title={title} lead={<TriangleAlert aria-hidden className="size-12 text-warning" />}>
      <p className="text-muted">{text}</p>
      <p className="text-meta text-muted">
        <Trans>Code: {code}</Trans>
      </p>
      <Button icon={<RotateCw className="size-4.5" aria-hidden />} onClick={() => void goOver()}>
        <Trans>Reload</Trans>
      </Button>
    </Page>
  )
}
