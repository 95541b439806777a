import { Trans, useLingui } from '@lingui/react/macro'
import { Copy, Download, RotateCw } from 'lucide-react'
import { type FormEvent, useCallback, useEffect, useState } from 'react'
import { Banner, Button, Skeleton, TextField, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { RecoveryKeyGroups } from './recovery-key-groups.tsx'
import { saveTextFile } from './save-text-file.ts'

/** The key is shown and saved; then its last group is typed, to know that it was. */
export function RecoveryStep({ username }: { username: string }) {
  const api = useApi()
  const [key, setKey] = useState<string>()
  const [failed, setFailed] = useState(false)
  const [confirming, setConfirming] = useState(false)

  const load = useCallback(async () => {
    setFailed(false)
    try {
      setKey(await api.recoveryKey())
    } catch {
      setFailed(true)
    }
  }, [api])
  useEffect(() => {
    void load()
  }, [load])

  if (failed) {
    return (
      <>
        <Banner tone="danger">
          <Trans>The recovery key could not be made. Please try again.</Trans>
        </Banner>
        <Button icon={<RotateCw aria-hidden className="size-4.5" />} onClick={() => void load()}>
          <Trans>Try again</Trans>
        </Button>
      </>
    )
  }
  if (confirming) return <Confirm onBack={() => setConfirming(false)} />
  return <ShowKey recoveryKey={key} username={username} onNext={() => setConfirming(true)} />
}

interface ShowKeyProps {
  readonly recoveryKey: string | undefined
  readonly username: string
  readonly onNext: () => void
}

function ShowKey({ recoveryKey, username, onNext }: ShowKeyProps) {
  const { t } = useLingui()
  const copy = async () => {
    if (recoveryKey === undefined) return
    try {
      await navigator.clipboard.writeText(recoveryKey)
      toast(t`Recovery key copied`, { tone: 'success' })
    } catch {
      toast(t`The browser did not allow copying. Write the key down instead.`, { tone: 'danger' })
    }
  }
  const save = () => {
    if (recoveryKey === undefined) return
    const what = t`SilentRelay recovery key of @${username}`
    const keep = t`It opens your locked messages on this device. Keep it where only you can find it.`
    saveTextFile(`silentrelay-recovery-${username}.txt`, `${what}\n\n${recoveryKey}\n\n${keep}\n`)
  }
  return (
    <>
      <p className="text-muted">
        <Trans>
          If you lock SilentRelay and forget how to open it, this key is the only way back to your messages. Nobody can
          send you another one.
        </Trans>
      </p>
      {recoveryKey === undefined ? <Skeleton className="h-24" /> : <RecoveryKeyGroups recoveryKey={recoveryKey} />}
      <div className="grid grid-cols-2 gap-2">
        <Button variant="secondary" icon={<Copy aria-hidden className="size-4.5" />} onClick={() => void copy()}>
          <Trans>Copy</Trans>
        </Button>
        <Button variant="secondary" icon={<Download aria-hidden className="size-4.5" />} onClick={save}>
          <Trans>Save as file</Trans>
        </Button>
      </div>
      <Button size="large" disabled={recoveryKey === undefined} onClick={onNext}>
        <Trans>I have saved it</Trans>
      </Button>
    </>
  )
}

function Confirm({ onBack }: { onBack: () => void }) {
  const { t } = useLingui()
  const api = useApi()
  const [group, setGroup] = useState('')
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const confirm = async () => {
    setBusy(true)
    setError(undefined)
    try {
      // Who pastes the whole key has it too.
      const typed = group.replaceAll(/[\s-]/g, '').toUpperCase().slice(-4)
      if (!(await api.confirmRecoveryKey(typed)))
        setError(t`That is not the last group of your key. Look it up once more.`)
    } catch {
      setError(t`That did not work. Please try again.`)
    } finally {
      setBusy(false)
    }
  }
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (!busy) void confirm()
  }
  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-5">
      <p className="text-muted">
        <Trans>To be sure that it is saved, type the last four letters and digits of your recovery key.</Trans>
      </p>
      <TextField
        label={<Trans>Last group of the key</Trans>}
        error={error}
        value={group}
        onChange={(event) => setGroup(event.target.value)}
        dir="ltr"
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        maxLength={40}
        inputClassName="font-mono tracking-widest uppercase"
        autoFocus
      />
      <Button type="submit" size="large" busy={busy} disabled={group.trim() === ''}>
        <Trans>Confirm</Trans>
      </Button>
      <Button variant="ghost" onClick={onBack}>
        <Trans>Show the key again</Trans>
      </Button>
    </form>
  )
}
