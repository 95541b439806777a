import { Trans, useLingui } from '@lingui/react/macro'
import { AtSign, Check, LockKeyhole, MessageCircle } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { parseUsername } from '#protocol/username.ts'
import { type FailureCode, failureCode } from '../../app/failure.ts'
import type { Invitation } from '../../app/invitation.ts'
import { Banner, Button, TextField } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { useRegistrationProblem, useUsernameProblem } from './problems.ts'

/** Characters of a profile name: what the protocol takes, and more than anybody reads. */
const NAME_MAX = 64

function InvitedBy({ invitation }: { readonly invitation: Invitation }) {
  if (invitation.to === 'group') {
    return <Trans>You were invited to a group. It opens once you have an account.</Trans>
  }
  if (invitation.username === undefined) {
    return <Trans>You were sent somebody’s link. The conversation opens once you have an account.</Trans>
  }
  return (
    <Trans>
      You were sent the link of <strong>@{invitation.username}</strong>. The conversation opens once you have an
      account.
    </Trans>
  )
}

export function UsernameStep({ invitation }: { readonly invitation: Invitation | undefined }) {
  const { t } = useLingui()
  const api = useApi()
  const [username, setUsername] = useState('')
  const [name, setName] = useState('')
  const [invite, setInvite] = useState('')
  const [left, setLeft] = useState(false)
  const [busy, setBusy] = useState(false)
  /** What the relay said, and of which name. */
  const [refused, setRefused] = useState<{ readonly code: FailureCode; readonly username: string }>()
  const [needsInvite, setNeedsInvite] = useState(false)

  const parsed = parseUsername(username)
  const local = parsed.ok || username.trim() === '' ? undefined : parsed.code
  const problem = useUsernameProblem()
  const registrationProblem = useRegistrationProblem()
  const refusedHere = refused?.username === username ? refused.code : undefined
  // While a name is being typed it is short of being valid, not wrong: what cannot become right is said at once.
  const usernameError =
    problem(refusedHere) ??
    (left || local === 'usernameReserved' || /[^a-z0-9._@\s]/i.test(username.normalize('NFKC'))
      ? problem(local)
      : undefined)

  const submit = async () => {
    setLeft(true)
    if (!parsed.ok) {
      if (username.trim() === '') setRefused({ code: 'usernameInvalid', username })
      return
    }
    setBusy(true)
    setRefused(undefined)
    try {
      await api.register({
        username: parsed.canonical,
        name: name.trim(),
        ...(invite.trim() === '' ? {} : { invite: invite.trim() }),
      })
    } catch (error) {
      const code = failureCode(error)
      if (code === 'inviteRequired' || code === 'inviteInvalid') setNeedsInvite(true)
      setRefused({ code, username })
    } finally {
      setBusy(false)
    }
  }
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (!busy) void submit()
  }

  const other = refused === undefined ? undefined : registrationProblem(refused.code)
  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-5">
      {invitation === undefined ? null : (
        <Banner tone="info" icon={<MessageCircle aria-hidden />}>
          <InvitedBy invitation={invitation} />
        </Banner>
      )}
      <p className="flex gap-3 text-muted">
        <LockKeyhole aria-hidden className="mt-0.5 size-5 shrink-0 text-accent" />
        <span>
          <Trans>
            Messages are locked on your device and opened only on the device of the person you write to. Nobody in
            between can read them, not even us.
          </Trans>
        </span>
      </p>
      <TextField
        label={<Trans>Username</Trans>}
        hint={
          <Trans>People find you by it. 3 to 32 letters, digits, dots and underscores; starts with a letter.</Trans>
        }
        error={usernameError}
        lead={<AtSign aria-hidden />}
        trail={
          parsed.ok && usernameError === undefined ? (
            <Check aria-hidden className="size-5 shrink-0 text-success" />
          ) : undefined
        }
        value={username}
        onChange={(event) => setUsername(event.target.value)}
        onBlur={() => setLeft(username.trim() !== '')}
        dir="ltr"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        maxLength={64}
        autoFocus
        required
      />
      <TextField
        label={<Trans>Your name (optional)</Trans>}
        hint={<Trans>Shown to the people you write to. Any language; you can change it later.</Trans>}
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="name"
        maxLength={NAME_MAX}
      />
      {needsInvite ? (
        <TextField
          label={<Trans>Invitation code</Trans>}
          hint={<Trans>New accounts need one here. Ask the person who runs this relay.</Trans>}
          error={refused?.code === 'inviteInvalid' ? t`This code is wrong, used up or expired.` : undefined}
          value={invite}
          onChange={(event) => setInvite(event.target.value)}
          dir="ltr"
          autoComplete="off"
          spellCheck={false}
          maxLength={256}
          autoFocus
        />
      ) : null}
      <div role="alert">{other === undefined ? null : <Banner tone="danger">{other}</Banner>}</div>
      <Button type="submit" size="large" busy={busy}>
        <Trans>Create account</Trans>
      </Button>
      <p className="text-meta text-muted">
        <Trans>No phone number, no e-mail address. Your keys are made on this device and stay on it.</Trans>
      </p>
    </form>
  )
}
