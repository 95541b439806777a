import { Trans, useLingui } from '@lingui/react/macro'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { failureCode } from '../../app/failure.ts'
import { Banner, Button } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { PasskeyError, passkeySecret } from '../settings/app-lock/passkey.ts'
import { useUnlockProblem } from './problems.ts'

/** Opens by the passkey. Started by a click: browsers show their dialog only then. */
export function PasskeyUnlock() {
  const { t } = useLingui()
  const api = useApi()
  const problem = useUnlockProblem()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const unlock = async () => {
    setBusy(true)
    setError(undefined)
    try {
      const lock = await api.passkeyLock()
      if (lock === undefined) setError(t`The passkey of this device is not known any more. Use the recovery key.`)
      else await api.unlock({ by: 'passkey', secret: await passkeySecret(lock) })
    } catch (thrown) {
      if (!(thrown instanceof PasskeyError)) setError(problem(failureCode(thrown)))
      else if (thrown.problem === 'unsupported') setError(t`This passkey cannot open it here. Use the recovery key.`)
      else setError(t`The passkey was not confirmed. Try again, or use the recovery key.`)
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <p className="text-muted">
        <Trans>Your messages on this device are encrypted. Confirm with your passkey to open them.</Trans>
      </p>
      <div role="alert">{error === undefined ? null : <Banner tone="danger">{error}</Banner>}</div>
      <Button
        size="large"
        busy={busy}
        icon={<KeyRound aria-hidden className="size-5" />}
        onClick={() => void unlock()}
        autoFocus
      >
        {busy ? <Trans>Waiting for your passkey…</Trans> : <Trans>Unlock with passkey</Trans>}
      </Button>
    </>
  )
}
