import { Trans, useLingui } from '@lingui/react/macro'
import { Fingerprint, KeyRound, Lock, LockOpen } from 'lucide-react'
import { useEffect, useState } from 'react'
import { failureCode } from '../../../app/failure.ts'
import type { AppLock, OwnProfile } from '../../../engine/api.ts'
import { Banner, Button, toast } from '../../../kit/index.ts'
import { useApi } from '../../../state/index.ts'
import { Card } from '../../contact/card.tsx'
import { PassphraseDialog } from '../app-lock/passphrase-dialog.tsx'
import { PasskeyDialog } from '../app-lock/passkey-dialog.tsx'
import { passkeysMayLock } from '../app-lock/passkey.ts'
import { RecoveryKeyDialog } from '../app-lock/recovery-key-dialog.tsx'
import { UnlockForGoodDialog } from '../app-lock/unlock-for-good-dialog.tsx'
import { useFailureText } from '../failure.ts'

type Open = 'passphrase' | 'passkey' | 'none' | 'recoveryKey' | undefined

/** Who may open this client on this device, and the key that opens it when everything else is lost. */
export function LockSection({ profile }: { readonly profile: OwnProfile }) {
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)
  return (
    <>
      <LockState lock={profile.appLock} />
      <Choices lock={profile.appLock} onChoose={setOpen} />
      <Card
        title={<Trans>Recovery key</Trans>}
        hint={
          <Trans>
            24 letters and digits that open this client when the passphrase is forgotten or the passkey is lost. Nobody
            else can help you then.
          </Trans>
        }
      >
        {profile.recoveryConfirmed ? null : (
          <Banner tone="warning">
            <Trans>You have not confirmed yet that you saved it.</Trans>
          </Banner>
        )}
        <Button
          variant="secondary"
          className="self-start"
          icon={<KeyRound aria-hidden className="size-5" />}
          onClick={() => setOpen('recoveryKey')}
        >
          <Trans>Show recovery key</Trans>
        </Button>
      </Card>
      <PassphraseDialog open={open === 'passphrase'} onClose={close} account={profile.username ?? profile.name} />
      <PasskeyDialog open={open === 'passkey'} onClose={close} account={profile.username ?? profile.name} />
      <UnlockForGoodDialog open={open === 'none'} onClose={close} />
      <RecoveryKeyDialog open={open === 'recoveryKey'} onClose={close} />
    </>
  )
}

function LockState({ lock }: { readonly lock: AppLock }) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  if (lock === 'none') {
    return (
      <Banner tone="info" icon={<LockOpen aria-hidden />} title={<Trans>App lock is off</Trans>}>
        <Trans>Whoever can use this browser can read your messages. They are encrypted on the disk all the same.</Trans>
      </Banner>
    )
  }
  const lockNow = () => {
    api.lock().catch((error: unknown) => toast(failureText(failureCode(error)), { tone: 'danger' }))
  }
  return (
    <Banner
      tone="success"
      icon={<Lock aria-hidden />}
      title={lock === 'passphrase' ? t`Locked by a passphrase` : t`Locked by a passkey`}
      action={
        <Button size="small" onClick={lockNow}>
          <Trans>Lock now</Trans>
        </Button>
      }
    >
      <Trans>Asked for when SilentRelay starts anew, and after “Lock now”.</Trans>
    </Banner>
  )
}

function Choices({ lock, onChoose }: { readonly lock: AppLock; readonly onChoose: (open: Open) => void }) {
  const [passkeys, setPasskeys] = useState(false)
  useEffect(() => {
    passkeysMayLock().then(setPasskeys, () => setPasskeys(false))
  }, [])
  return (
    <Card title={<Trans>How to lock</Trans>}>
      <div className="flex flex-wrap gap-2">
        <Button
          variant={lock === 'none' ? 'primary' : 'secondary'}
          icon={<Lock aria-hidden className="size-5" />}
          onClick={() => onChoose('passphrase')}
        >
          {lock === 'passphrase' ? <Trans>Change passphrase</Trans> : <Trans>Use a passphrase</Trans>}
        </Button>
        {passkeys && lock !== 'passkey' ? (
          <Button
            variant="secondary"
            icon={<Fingerprint aria-hidden className="size-5" />}
            onClick={() => onChoose('passkey')}
          >
            <Trans>Use a passkey</Trans>
          </Button>
        ) : null}
        {lock === 'none' ? null : (
          <Button
            variant="secondary"
            icon={<LockOpen aria-hidden className="size-5" />}
            onClick={() => onChoose('none')}
          >
            <Trans>Turn off</Trans>
          </Button>
        )}
      </div>
      {passkeys ? null : (
        <p className="text-meta text-muted">
          <Trans>This browser cannot lock by a passkey.</Trans>
        </p>
      )}
    </Card>
  )
}
