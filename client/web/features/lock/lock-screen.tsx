import { Trans } from '@lingui/react/macro'
import { LockKeyhole } from 'lucide-react'
import { useState } from 'react'
import { Page } from '../../app/screens/page.tsx'
import type { AppLock } from '../../engine/api.ts'
import { Button } from '../../kit/index.ts'
import { PasskeyUnlock } from './passkey-unlock.tsx'
import { SecretUnlock } from './secret-unlock.tsx'

/** The way back into a locked client: what locks it, or the recovery key. */
export default function LockScreen({ lock }: { lock: Exclude<AppLock, 'none'> }) {
  const [recovery, setRecovery] = useState(false)
  return (
    <Page
      title={recovery ? <Trans>Open with your recovery key</Trans> : <Trans>SilentRelay is locked</Trans>}
      lead={
        <span aria-hidden className="grid size-16 place-items-center rounded-full bg-own text-on-own">
          <LockKeyhole className="size-7" />
        </span>
      }
    >
      {recovery ? (
        <SecretUnlock key="recovery" by="recoveryKey" />
      ) : lock === 'passphrase' ? (
        <SecretUnlock key="passphrase" by="passphrase" />
      ) : (
        <PasskeyUnlock />
      )}
      <Button variant="ghost" onClick={() => setRecovery(!recovery)}>
        {recovery ? (
          lock === 'passphrase' ? (
            <Trans>Use the passphrase</Trans>
          ) : (
            <Trans>Use the passkey</Trans>
          )
        ) : (
          <Trans>Use the recovery key</Trans>
        )}
      </Button>
    </Page>
  )
}
