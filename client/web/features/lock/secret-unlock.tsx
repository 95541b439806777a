import { Trans } from '@lingui/react/macro'
import { Eye, EyeOff } from 'lucide-react'
import { type FormEvent, useRef, useState } from 'react'
import { useLingui } from '@lingui/react/macro'
import { Button, IconButton, TextField } from '../../kit/index.ts'
import { announce } from '../../app/announcer.tsx'
import { useApi } from '../../state/index.ts'
import { failureCode } from '../../app/failure.ts'
import { useUnlockProblem } from './problems.ts'

/** Opens by something typed or pasted: the passphrase or the recovery key. */
export function SecretUnlock({ by }: { by: 'passphrase' | 'recoveryKey' }) {
  const { t } = useLingui()
  const api = useApi()
  const problem = useUnlockProblem()
  const field = useRef<HTMLInputElement>(null)
  const [secret, setSecret] = useState('')
  const [shown, setShown] = useState(by === 'recoveryKey')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()

  const unlock = async () => {
    setBusy(true)
    setError(undefined)
    // A passphrase takes its second, on purpose: see `engine/keys/passphrase.ts`.
    announce(t`Opening your messages…`)
    try {
      await api.unlock(by === 'passphrase' ? { by, passphrase: secret } : { by, recoveryKey: secret.trim() })
    } catch (thrown) {
      setError(problem(failureCode(thrown)))
      field.current?.select()
    } finally {
      setBusy(false)
    }
  }
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (!busy && secret !== '') void unlock()
  }
  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-5">
      <p className="text-muted">
        {by === 'passphrase' ? (
          <Trans>Your messages on this device are encrypted. Type your passphrase to open them.</Trans>
        ) : (
          <Trans>
            It opens what is on this device when nothing else does. You saved it when you made your account.
          </Trans>
        )}
      </p>
      <TextField
        ref={field}
        label={by === 'passphrase' ? <Trans>Passphrase</Trans> : <Trans>Recovery key</Trans>}
        hint={by === 'passphrase' ? undefined : <Trans>Six groups of four letters and digits.</Trans>}
        error={error}
        type={shown ? 'text' : 'password'}
        value={secret}
        onChange={(event) => setSecret(event.target.value)}
        autoComplete={by === 'passphrase' ? 'current-password' : 'off'}
        autoCapitalize={by === 'passphrase' ? 'none' : 'characters'}
        spellCheck={false}
        maxLength={1024}
        inputClassName={by === 'recoveryKey' ? 'font-mono uppercase' : ''}
        autoFocus
        trail={
          <IconButton
            label={shown ? t`Hide what is typed` : t`Show what is typed`}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
            className="-me-2"
          >
            {shown ? <EyeOff /> : <Eye />}
          </IconButton>
        }
      />
      <Button type="submit" size="large" busy={busy} disabled={secret === ''}>
        {busy ? <Trans>Opening your messages…</Trans> : <Trans>Unlock</Trans>}
      </Button>
    </form>
  )
}
