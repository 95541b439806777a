import { Trans, useLingui } from '@lingui/react/macro'
import { useNavigate } from '@tanstack/react-router'
import { AtSign } from 'lucide-react'
import { useState } from 'react'
import { keepSecret } from '../../app/join-secret.ts'
import type { CommandFailure } from '../../engine/api.ts'
import { Button, TextField } from '../../kit/index.ts'
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

/** Finds somebody by username or link, and opens the conversation. */
export function FindPerson() {
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
    if (target.by === 'group') {
      keepSecret(target.group, target.secret)
      return navigate({ to: '/j/$group', params: { group: target.group } })
    }
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
        hint={t`Usernames are exact: ask the person for theirs. Invite links of groups work too.`}
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
  )
}
