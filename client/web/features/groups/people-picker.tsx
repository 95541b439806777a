import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Search, UserPlus } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import { announce } from '../../app/announcer.tsx'
import { Button, EmptyState, TextField, toast } from '../../kit/index.ts'
import { useAllConversations, useProfile } from '../../state/index.ts'
import { targetOf } from '../conversations/account-link.ts'
import { nameOf } from '../conversations/name-of.ts'
import { useFailureText } from '../settings/failure.ts'
import { PickedChips } from './picked-chips.tsx'
import { type Picked, choicesOf, toggled } from './picked.ts'
import { PeopleRows } from './people-rows.tsx'
import { usePeopleSearch } from './use-people-search.ts'

interface PeoplePickerProps {
  readonly picked: readonly Picked[]
  /** Gets what makes a new choice of the present one: answers to searches come when others were chosen already. */
  readonly onPicked: (choose: (picked: readonly Picked[]) => readonly Picked[]) => void
  /** Accounts that cannot be chosen: who is in already. */
  readonly without: ReadonlySet<string>
  /** How many may be chosen. */
  readonly limit: number
  /** The element that scrolls around this. */
  readonly scroller: HTMLElement | null
}

/** Chooses people: those one has a conversation with, and others by their exact username. */
export function PeoplePicker({ picked, onPicked, without, limit, scroller }: PeoplePickerProps) {
  const { t, i18n } = useLingui()
  const profile = useProfile()
  const failureText = useFailureText()
  const conversations = useAllConversations()
  const [search, setSearch] = useState('')
  const field = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLUListElement>(null)
  const excluded = useMemo(() => new Set([...without, profile?.account ?? '']), [without, profile?.account])
  const choices = useMemo(
    () => choicesOf(conversations.values(), { search, without: excluded, locale: i18n.locale }),
    [conversations, search, excluded, i18n.locale],
  )
  const chosen = useMemo(() => new Set(picked.map(({ account }) => account)), [picked])
  const full = picked.length >= limit
  const input = () => field.current?.querySelector('input')

  const toggle = (person: Picked) => {
    if (full && !chosen.has(person.account)) return announce(t`The group has no room for more people.`)
    onPicked((present) => toggled(present, person, limit))
    const name = nameOf(person) ?? t`Unnamed contact`
    announce(chosen.has(person.account) ? t`${name} removed` : t`${name} chosen`)
  }

  const target = targetOf(search, location.host)
  const username = target.by === 'username' ? target.username : undefined
  const isKnown = choices.some((choice) => choice.username === username)
  const isSelf = username !== undefined && username === profile?.username
  const canFind = username !== undefined && !isKnown && !isSelf
  const { searching, failure, type, find } = usePeopleSearch({
    found: (account, { username: name, typed }) => {
      setSearch((present) => (present === typed ? '' : present))
      if (excluded.has(account)) return announce(t`@${name} is in the group already`)
      const person = { account, username: name }
      onPicked((present) =>
        present.some((one) => one.account === account) ? present : toggled(present, person, limit),
      )
      announce(t`@${name} chosen`)
    },
    failedLate: (name, code) => toast(t`@${name}: ${failureText(code)}`),
  })
  const busy = username !== undefined && searching.has(username)
  const add = async () => {
    if (username === undefined) return
    await find({ username, typed: search })
    input()?.focus()
  }

  return (
    <div className="flex flex-col gap-3">
      <PickedChips picked={picked} onRemove={toggle} onEmptied={() => input()?.focus()} />
      <search ref={field}>
        <TextField
          label={t`Search people, or type a username`}
          lead={<Search aria-hidden />}
          value={search}
          autoFocus
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          enterKeyHint="search"
          error={failure === undefined ? undefined : failureText(failure)}
          hint={
            full ? (
              <Trans>The group has no room for more people.</Trans>
            ) : (
              <Plural value={limit - picked.length} one="Room for # more person." other="Room for # more people." />
            )
          }
          onChange={(event) => {
            setSearch(event.target.value)
            type(event.target.value)
          }}
          onKeyDown={(event) => {
            const [first, second] = choices
            if (event.key === 'ArrowDown') {
              event.preventDefault()
              list.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus()
            } else if (event.key === 'Enter') {
              // Also inside a form: the next step is not meant.
              event.preventDefault()
              if (canFind) void add()
              else if (search.trim() !== '' && first !== undefined && second === undefined) {
                toggle(first)
                setSearch('')
              }
            } else if (event.key === 'Backspace' && search === '') {
              const last = picked.at(-1)
              if (last !== undefined) toggle(last)
            }
          }}
        />
      </search>
      {canFind && !full ? (
        <Button
          variant="secondary"
          busy={busy}
          className="justify-start"
          icon={<UserPlus aria-hidden className="size-5" />}
          onClick={() => void add()}
        >
          <span>
            <Trans>
              Add <bdi>@{username}</bdi>
            </Trans>
          </span>
        </Button>
      ) : null}
      {choices.length > 0 ? (
        <PeopleRows ref={list} people={choices} chosen={chosen} full={full} scroller={scroller} onToggle={toggle} />
      ) : (
        <EmptyState
          title={
            isSelf ? (
              <Trans>This is you</Trans>
            ) : search.trim() === '' ? (
              <Trans>No contacts yet</Trans>
            ) : (
              <Trans>Nobody found</Trans>
            )
          }
        >
          {isSelf ? (
            <Trans>You are in the group anyway.</Trans>
          ) : search.trim() === '' ? (
            <Trans>You have no conversations yet. Type the username of somebody you know.</Trans>
          ) : (
            <Trans>None of your conversations has this name. A username has to be exact.</Trans>
          )}
        </EmptyState>
      )}
    </div>
  )
}
