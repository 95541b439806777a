import { Trans, useLingui } from '@lingui/react/macro'
import { useNavigate } from '@tanstack/react-router'
import { ArrowLeft, AtSign, Copy } from 'lucide-react'
import { useState } from 'react'
import type { CommandFailure } from '../../engine/api.ts'
import { Button, IconButton, TextField, toast } from '../../kit/index.ts'
import { useApi, useProfile } from '../../state/index.ts'
import { targetOf } from './account-link.ts'

type Problem = 'empty' | 'otherServer' | 'invalid' | 'notFound' | 'self' | 'offline' | 'rateLimited' | 'other'

const PROBLEMS: { readonly [code in CommandFailure['code']]?: Problem } = {
  usernameNotFound: 'notFound',
  unknownRecipient: 'notFound',
  offline: 'offline',
  rateLimited: 'rateLimited',
}

const problemOf = (failure: Partial<CommandFailure>): Problem =>
  (failure.code === undefined ? undefined : PROBLEMS[failure.code]) ?? 'other'

function ProblemText({ problem }: { problem: Problem }) {
  switch (problem) {
    case 'empty':
      return <Trans>Type a username, or paste somebody’s link.</Trans>
    case 'invalid':
      return <Trans>A username has 3 to 32 letters, digits, dots and underscores, and starts with a letter.</Trans>
    case 'otherServer':
      return <Trans>This link belongs to another server. Ask for a link of this one.</Trans>
    case 'notFound':
      return <Trans>Nobody has this username. Check the spelling, or ask for their link.</Trans>
    case 'self':
      return <Trans>This is you. Type the username of somebody else.</Trans>
    case 'offline':
      return <Trans>You are offline. Finding somebody new needs a connection.</Trans>
    case 'rateLimited':
      return <Trans>That were many searches in a short time. Wait a minute and try again.</Trans>
    case 'other':
      return <Trans>The search did not work. Please try again.</Trans>
  }
}

/** The own link, to send to others by any other way. */
function OwnLink() {
  const { t } = useLingui()
  const profile = useProfile()
  if (profile === undefined) return null
  const { username, account } = profile
  const link = `${location.origin}/${username === undefined ? `a/${account}` : `u/${username}`}`
  const copy = () => {
    navigator.clipboard.writeText(link).then(
      () => toast(t`Link copied`, { tone: 'success' }),
      () => toast(t`The browser did not allow copying. Select the link and copy it by hand.`, { tone: 'danger' }),
    )
  }
  return (
    <section className="flex flex-col gap-2 rounded-card border border-line bg-surface p-4">
      <h2 className="text-heading font-semibold">
        <Trans>Or let them find you</Trans>
      </h2>
      <p className="text-muted">
        <Trans>Send this link. Whoever opens it here can write to you.</Trans>
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <code className="min-w-0 flex-1 rounded-control bg-background px-3 py-2 font-mono text-meta">{link}</code>
        <Button variant="secondary" icon={<Copy aria-hidden className="size-4" />} onClick={copy}>
          <Trans>Copy link</Trans>
        </Button>
      </div>
    </section>
  )
}

/** Finds somebody by username or link and opens the conversation. */
export function NewConversation() {
  const { t } = useLingui()
  const api = useApi()
  const profile = useProfile()
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const [busy, setBusy] = useState(false)

  const open = async () => {
    const target = targetOf(typed, location.host)
    if (target.by === 'nothing') return setProblem(target.why)
    const self = target.by === 'username' ? target.username === profile?.username : target.account === profile?.account
    if (self) return setProblem('self')
    setBusy(true)
    try {
      const id = await (target.by === 'username'
        ? api.openByUsername(target.username)
        : api.openByAccount(target.account))
      await navigate({ to: '/c/$id', params: { id } })
    } catch (failure) {
      setProblem(problemOf(failure as Partial<CommandFailure>))
    } finally {
      setBusy(false)
    }
  }

  return (
    <section className="flex h-full min-h-0 min-w-0 flex-1 flex-col bg-background">
      <header className="flex min-h-14 items-center gap-1 border-b border-line bg-surface px-2">
        <IconButton label={t`Back`} onClick={() => void navigate({ to: '/' })}>
          <ArrowLeft className="rtl:-scale-x-100" />
        </IconButton>
        <h1 tabIndex={-1} className="min-w-0 flex-1 truncate text-heading font-semibold">
          <Trans>New conversation</Trans>
        </h1>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex w-full max-w-xl flex-col gap-6 p-4 wide:p-6">
          <form
            noValidate
            className="flex flex-col gap-4"
            onSubmit={(event) => {
              event.preventDefault()
              if (!busy) void open()
            }}
          >
            <TextField
              label={t`Username or link`}
              hint={t`Usernames are exact: ask the person for theirs.`}
              error={problem === undefined ? undefined : <ProblemText problem={problem} />}
              lead={<AtSign aria-hidden />}
              value={typed}
              autoFocus
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              enterKeyHint="go"
              onChange={(event) => {
                setTyped(event.target.value)
                setProblem(undefined)
              }}
            />
            <Button type="submit" busy={busy} className="self-start">
              <Trans>Open conversation</Trans>
            </Button>
          </form>
          <OwnLink />
        </div>
      </div>
    </section>
  )
}
