import { Trans, useLingui } from '@lingui/react/macro'
import { useState } from 'react'
import { failureCode } from '../../../app/failure.ts'
import { Button, Dialog, toast } from '../../../kit/index.ts'
import { useApi } from '../../../state/index.ts'
import { useFailureText } from '../failure.ts'
import { createPasskeyLock, PasskeyError, type PasskeyProblem } from './passkey.ts'

interface PasskeyDialogProps {
  readonly open: boolean
  readonly onClose: () => void
  /** Under which name the passkey is kept. */
  readonly account: string
}

/** Makes a passkey and locks by it. */
export function PasskeyDialog({ open, onClose, account }: PasskeyDialogProps) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()

  const close = () => {
    setProblem(undefined)
    onClose()
  }
  const texts: Readonly<Record<PasskeyProblem, string>> = {
    cancelled: t`That was cancelled or took too long. Nothing was changed.`,
    unsupported: t`This passkey cannot keep a secret for SilentRelay. Try another one, or use a passphrase. You can remove the new passkey where your passkeys are kept.`,
    failed: t`The passkey could not be made. Try again, or use a passphrase.`,
  }
  const make = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      const { secret, credentialId, salt } = await createPasskeyLock(account)
      await api.setAppLock({ lock: 'passkey', secret, credentialId, salt })
      secret.fill(0)
      toast(t`Locked by your passkey from now on`, { tone: 'success' })
      close()
    } catch (error) {
      setProblem(error instanceof PasskeyError ? texts[error.problem] : failureText(failureCode(error)))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) close()
      }}
      title={<Trans>Lock by a passkey</Trans>}
      description={
        <Trans>
          Opens SilentRelay by fingerprint, face, device PIN or security key. Keep your recovery key: it is the only
          other way in.
        </Trans>
      }
      footer={
        <>
          <Button variant="secondary" onClick={close}>
            <Trans>Cancel</Trans>
          </Button>
          <Button busy={busy} onClick={() => void make()}>
            <Trans>Make a passkey</Trans>
          </Button>
        </>
      }
    >
      {problem === undefined ? undefined : (
        <p role="alert" className="text-danger">
          {problem}
        </p>
      )}
    </Dialog>
  )
}
