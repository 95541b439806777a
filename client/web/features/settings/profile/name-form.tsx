import { Trans, useLingui } from '@lingui/react/macro'
import { type FormEvent, useState } from 'react'
import { LIMITS } from '#protocol/limits.ts'
import { Button, TextField, toast } from '../../../kit/index.ts'
import { useApi } from '../../../state/index.ts'
import { useCommand, useFailureText } from '../failure.ts'

/** The name that contacts see. Told to each of them inside the encryption. */
export function NameForm({ name }: { readonly name: string }) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const { busy, failure, run, clear } = useCommand()
  const [typed, setTyped] = useState<string>()
  const value = typed ?? name
  const wanted = value.trim()

  const save = async (event: FormEvent) => {
    event.preventDefault()
    if (wanted === '' || wanted === name || busy) return
    if (!(await run(() => api.setName(wanted)))) return
    setTyped(undefined)
    toast(t`Name saved`, { tone: 'success' })
  }
  return (
    <form className="flex flex-col gap-3" onSubmit={(event) => void save(event)}>
      <TextField
        label={t`Name`}
        hint={t`What your contacts see. The relay does not learn it.`}
        autoComplete="name"
        maxLength={LIMITS.profileNameMax}
        value={value}
        error={wanted === '' ? t`Type a name, so that others know who writes.` : failure && failureText(failure)}
        onChange={(event) => {
          setTyped(event.target.value)
          clear()
        }}
      />
      {wanted === name ? null : (
        <div className="flex gap-2">
          <Button type="submit" busy={busy} disabled={wanted === ''}>
            <Trans>Save name</Trans>
          </Button>
          <Button variant="secondary" onClick={() => setTyped(undefined)}>
            <Trans>Undo</Trans>
          </Button>
        </div>
      )}
    </form>
  )
}
