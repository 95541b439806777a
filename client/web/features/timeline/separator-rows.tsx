import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { LockKeyhole } from 'lucide-react'
import { Avatar } from '../../kit/index.ts'
import { dayName } from '../conversations/times.ts'

export function DayRow({ at }: { at: number }) {
  const { i18n } = useLingui()
  return (
    <div className="flex justify-center pt-3 pb-4">
      <h2 className="rounded-full bg-hover px-3 py-0.5 text-meta font-medium text-muted">
        {dayName(i18n.locale, at, Date.now())}
      </h2>
    </div>
  )
}

export function UnreadRow({ count }: { count: number }) {
  return (
    <div className="flex items-center gap-3 px-5 pt-2 pb-3 text-meta font-semibold text-accent">
      <span aria-hidden className="flex-1 border-t border-accent" />
      <h2>
        {count === 0 ? (
          <Trans>New messages</Trans>
        ) : (
          <Plural value={count} one="# new message" other="# new messages" />
        )}
      </h2>
      <span aria-hidden className="flex-1 border-t border-accent" />
    </div>
  )
}

interface StartRowProps {
  readonly id: string
  readonly name: string
  readonly username: string | undefined
  readonly group: boolean
}

/** Where the conversation begins. */
export function StartRow({ id, name, username, group }: StartRowProps) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 pt-10 pb-6 text-center">
      <Avatar id={id} name={name} size="large" group={group} />
      <bdi className="line-clamp-3 max-w-md text-heading font-semibold">{name}</bdi>
      {username === undefined || name === `@${username}` ? null : <bdi className="text-muted">@{username}</bdi>}
      <p className="mt-1 flex max-w-sm items-start gap-2 rounded-control bg-info-soft px-3.5 py-2 text-meta">
        <LockKeyhole aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />
        {group ? (
          <Trans>
            Messages here are end-to-end encrypted: only the members of the group can read them, not even the server
            can.
          </Trans>
        ) : (
          <Trans>
            Messages here are end-to-end encrypted: only the two of you can read them, not even the server can.
          </Trans>
        )}
      </p>
    </div>
  )
}
