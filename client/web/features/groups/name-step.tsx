import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { LockKeyhole } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { LIMITS } from '#protocol/limits.ts'
import { Avatar, Button, TextField } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { nameOf } from '../conversations/name-of.ts'
import { useCommand, useFailureText } from '../settings/failure.ts'
import type { Picked } from './picked.ts'

/** So many faces are shown; the rest is a number. */
const FACES = 7

interface NameStepProps {
  readonly picked: readonly Picked[]
  readonly onMade: (id: string, unreachable: readonly string[]) => void
}

/** A name for the group, and making it. */
export function NameStep({ picked, onMade }: NameStepProps) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const { busy, failure, run, clear } = useCommand()
  const [typed, setTyped] = useState('')
  const [asked, setAsked] = useState(false)
  const name = typed.trim()
  const make = async (event: FormEvent) => {
    event.preventDefault()
    if (busy) return
    setAsked(true)
    if (name === '') return
    await run(async () => {
      const accounts = picked.map(({ account }) => account)
      const { id, unreachable } = await api.createGroup(name, accounts)
      onMade(id, unreachable)
    })
  }
  return (
    <form noValidate className="flex flex-col gap-5" onSubmit={(event) => void make(event)}>
      <TextField
        label={t`Name of the group`}
        hint={t`All members see it. The server does not learn it.`}
        autoFocus
        autoComplete="off"
        maxLength={LIMITS.groupNameMax}
        enterKeyHint="done"
        value={typed}
        readOnly={busy}
        error={asked && name === '' ? t`Type a name.` : failure && failureText(failure)}
        onChange={(event) => {
          setTyped(event.target.value)
          clear()
        }}
      />
      <Faces picked={picked} />
      <Button type="submit" size="large" busy={busy}>
        <Trans>Create group</Trans>
      </Button>
      <p role="status" className="flex items-start gap-2 text-meta text-muted">
        <LockKeyhole aria-hidden className="mt-px size-4 shrink-0" />
        {busy ? (
          <Plural
            value={picked.length}
            one="Exchanging keys with # person. With many people this takes some seconds."
            other="Exchanging keys with # people. With many people this takes some seconds."
          />
        ) : (
          <Trans>You are its owner. Only members can read what is written, not even the server can.</Trans>
        )}
      </p>
    </form>
  )
}

function Faces({ picked }: { picked: readonly Picked[] }) {
  const { t } = useLingui()
  const rest = picked.length - FACES
  if (picked.length === 0) {
    return (
      <p className="text-muted">
        <Trans>You begin alone. Invite others later, by name or by a link.</Trans>
      </p>
    )
  }
  return (
    <ul aria-label={t`People`} className="flex flex-wrap gap-3">
      {picked.slice(0, FACES).map((person) => {
        const name = nameOf(person) ?? t`Unnamed contact`
        return (
          <li key={person.account} className="flex w-16 flex-col items-center gap-1">
            <Avatar id={person.account} name={person.name ?? person.username} />
            <bdi className="max-w-full truncate text-meta">{name}</bdi>
          </li>
        )
      })}
      {rest > 0 ? (
        <li className="flex w-16 flex-col items-center gap-1">
          <span className="grid size-11 place-items-center rounded-full bg-hover font-semibold">+{rest}</span>
          <span className="text-meta text-muted">
            <Plural value={rest} one="other" other="others" />
          </span>
        </li>
      ) : null}
    </ul>
  )
}
