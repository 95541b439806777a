import { Trans, useLingui } from '@lingui/react/macro'
import { type FormEvent, useState } from 'react'
import { parseUsername } from '#protocol/username.ts'
import { Button, TextField, toast } from '../../../kit/index.ts'
import { useApi } from '../../../state/index.ts'
import { useCommand, useFailureText } from '../failure.ts'

/** The username by which others find the account: checked while it is typed, claimed at the relay. */
export function UsernameForm({ username }: { readonly username: string | undefined }) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const { busy, failure, run, clear } = useCommand()
  const [typed, setTyped] = useState<string>()
  const [left, setLeft] = useState(false)
  const value = typed ?? username ?? ''
  const parsed = parseUsername(value)
  const changed = parsed.ok ? parsed.canonical !== username : value !== (username ?? '')
  // While somebody types, a name is too short before it is right: said once the field is left.
  const problem = changed && left && !parsed.ok ? failureText(parsed.code) : undefined

  const claim = async (event: FormEvent) => {
    event.preventDefault()
    setLeft(true)
    if (!parsed.ok || !changed || busy) return
    if (!(await run(() => api.claimUsername(parsed.canonical)))) return
    setTyped(undefined)
    setLeft(false)
    toast(t`You are @${parsed.canonical} now`, { tone: 'success' })
  }
  return (
    <form className="flex flex-col gap-3" onSubmit={(event) => void claim(event)}>
      <TextField
        label={t`Username`}
        lead="@"
        dir="ltr"
        hint={
          parsed.ok && changed && username !== undefined ? (
            <Trans>
              Your links with @{username} stop working. It is held back for 30 days, so that nobody takes your place.
            </Trans>
          ) : (
            <Trans>Others find you by it. The relay knows it, and whoever has it can write to you.</Trans>
          )
        }
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        value={value}
        error={problem ?? (failure && failureText(failure))}
        onBlur={() => setLeft(true)}
        onChange={(event) => {
          setTyped(event.target.value)
          setLeft(false)
          clear()
        }}
      />
      {changed ? (
        <div className="flex gap-2">
          <Button type="submit" busy={busy}>
            <Trans>Claim username</Trans>
          </Button>
          <Button
            variant="secondary"
            onClick={() => {
              setTyped(undefined)
              clear()
            }}
          >
            <Trans>Undo</Trans>
          </Button>
        </div>
      ) : null}
    </form>
  )
}
