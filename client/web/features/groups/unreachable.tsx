import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { UserX } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { Avatar, Button } from '../../kit/index.ts'
import { nameOf } from '../conversations/name-of.ts'
import type { Picked } from './picked.ts'

interface UnreachableProps {
  readonly people: readonly Picked[]
  /** The word on the button that goes on. */
  readonly action: ReactNode
  readonly onDone: () => void
}

/** Names who could not be added to a group, and what helps. */
export function Unreachable({ people, action, onDone }: UnreachableProps) {
  const { t } = useLingui()
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  return (
    <div className="flex flex-col gap-4">
      <span aria-hidden className="grid size-16 place-items-center self-center rounded-full bg-own text-on-own">
        <UserX className="size-7" />
      </span>
      <h2 ref={title} tabIndex={-1} className="text-center text-heading font-semibold">
        <Plural value={people.length} one="# person could not be added" other="# people could not be added" />
      </h2>
      <p className="text-center text-muted">
        <Trans>
          They have no device that can be added to groups yet. Ask them to open SilentRelay once, then add them, or send
          them an invite link. Everybody else is in.
        </Trans>
      </p>
      <ul className="flex flex-col gap-1">
        {people.map((person) => (
          <li key={person.account} className="flex min-h-12 items-center gap-3">
            <Avatar id={person.account} name={person.name ?? person.username} size="small" />
            <bdi className="min-w-0 flex-1 truncate font-medium text-match">{nameOf(person) ?? t`Unnamed contact`}</bdi>
          </li>
        ))}
      </ul>
      <Button size="large" onClick={onDone}>
        {action}
      </Button>
    </div>
  )
}
