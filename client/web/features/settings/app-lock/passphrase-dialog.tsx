import { Trans, useLingui } from '@lingui/react/macro'
import { Eye, EyeOff } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { Button, Dialog, IconButton, TextField, toast } from '../../../kit/index.ts'
import { useApi } from '../../../state/index.ts'
import { useCommand, useFailureText } from '../failure.ts'
import { PASSPHRASE_MIN, passphraseStrength } from './passphrase-strength.ts'
import { StrengthMeter } from './strength-meter.tsx'

interface PassphraseDialogProps {
  readonly open: boolean
  readonly onClose: () => void
  /** Under which name a password manager keeps it. */
  readonly account: string
}

/** A new passphrase, typed twice or pasted. */
export function PassphraseDialog({ open, onClose, account }: PassphraseDialogProps) {
  const form = useId()
  const [busy, setBusy] = useState(false)
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) onClose()
      }}
      title={<Trans>Lock by a passphrase</Trans>}
      description={
        <Trans>Four or five words that have nothing to do with each other are strong and easy to type.</Trans>
      }
      footer={
        <>
          <Button variant="secondary" onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" form={form} busy={busy}>
            <Trans>Set passphrase</Trans>
          </Button>
        </>
      }
    >
      <PassphraseForm id={form} account={account} onBusy={setBusy} onDone={onClose} />
    </Dialog>
  )
}

interface PassphraseFormProps {
  readonly id: string
  readonly account: string
  readonly onBusy: (busy: boolean) => void
  readonly onDone: () => void
}

/** Lives as long as the dialog is open: closed, nothing that was typed is left. */
function PassphraseForm({ id, account, onBusy, onDone }: PassphraseFormProps) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const { busy, failure, run, clear } = useCommand()
  const [passphrase, setPassphrase] = useState('')
  const [repeated, setRepeated] = useState('')
  const [shown, setShown] = useState(false)
  const [submitted, setSubmitted] = useState(false)
  const tooShort = passphraseStrength(passphrase) === 'tooShort'
  const differs = passphrase !== repeated

  const save = async (event: FormEvent) => {
    event.preventDefault()
    setSubmitted(true)
    if (tooShort || differs || busy) return
    onBusy(true)
    const done = await run(() => api.setAppLock({ lock: 'passphrase', passphrase }))
    onBusy(false)
    if (!done) return
    toast(t`The passphrase is set`, { tone: 'success' })
    onDone()
  }
  const type = shown ? 'text' : 'password'
  return (
    <form id={id} className="flex flex-col gap-4" onSubmit={(event) => void save(event)}>
      <input type="text" autoComplete="username" value={account} readOnly hidden />
      <TextField
        label={t`Passphrase`}
        type={type}
        dir="auto"
        autoComplete="new-password"
        autoFocus
        spellCheck={false}
        autoCapitalize="none"
        value={passphrase}
        error={submitted && tooShort ? t`Use ${PASSPHRASE_MIN} characters or more.` : undefined}
        trail={
          <IconButton
            label={shown ? t`Hide what is typed` : t`Show what is typed`}
            tooltip={false}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
          >
            {shown ? <EyeOff /> : <Eye />}
          </IconButton>
        }
        onChange={(event) => {
          setPassphrase(event.target.value)
          clear()
        }}
      />
      <StrengthMeter passphrase={passphrase} />
      <TextField
        label={t`The same again`}
        type={type}
        dir="auto"
        autoComplete="new-password"
        spellCheck={false}
        autoCapitalize="none"
        value={repeated}
        error={
          submitted && !tooShort && differs
            ? t`The two are not the same. Type it again.`
            : failure && failureText(failure)
        }
        onChange={(event) => setRepeated(event.target.value)}
      />
    </form>
  )
}
