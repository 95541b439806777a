import { Plural, Select, Trans, useLingui } from '@lingui/react/macro'
import { Fragment, type ReactNode } from 'react'
import type { GroupEvent } from '#sdk/index.ts'
import type { GroupRole } from '#protocol/groups/roles.ts'
import { useProfile } from '../../state/index.ts'
import { nameOf } from '../conversations/name-of.ts'
import { usePerson } from '../contact/use-person.ts'
import { durationText } from './duration.ts'

/** Of a long list this many are named. */
const NAMED = 4

type Names = Readonly<Record<string, string>>

interface PersonProps {
  readonly account: string
  readonly names: Names
  /** In a place where a name cannot lead anywhere: within a link, for one. */
  readonly plain: boolean
}

function Person({ account, names, plain }: PersonProps) {
  const { t } = useLingui()
  const open = usePerson()
  const name = <bdi>{nameOf({ name: names[account] ?? '' }) ?? t`Somebody`}</bdi>
  if (plain) return name
  return (
    <button
      type="button"
      onClick={() => open(account, 'contact')}
      className="inline rounded-[0.3rem] font-semibold text-text underline-offset-2 hover:underline"
    >
      {name}
    </button>
  )
}

/** Accounts as a list in the language of the interface; the own one is “you”. */
interface PeopleProps extends Omit<PersonProps, 'account'> {
  readonly accounts: readonly string[]
  readonly own: string | undefined
}

function People({ accounts, own, ...shown }: PeopleProps) {
  const { i18n } = useLingui()
  const named = accounts.length > NAMED ? accounts.slice(0, NAMED - 1) : accounts
  const rest = accounts.length - named.length
  const nodes: ReactNode[] = named.map((account) =>
    account === own ? <Trans key={account}>you</Trans> : <Person key={account} account={account} {...shown} />,
  )
  if (rest > 0) nodes.push(<Plural key="rest" value={rest} one="# other" other="# others" />)
  const parts = new Intl.ListFormat(i18n.locale).formatToParts(nodes.map((_, index) => `${index}`))
  return parts.map((part, index) => (
    <Fragment key={index}>{part.type === 'element' ? nodes[Number(part.value)] : part.value}</Fragment>
  ))
}

function RoleWord({ role }: { role: GroupRole }) {
  return <Select value={role} _owner="an owner" _admin="an admin" _moderator="a moderator" other="a member" />
}

interface EventTextProps {
  readonly event: GroupEvent
  readonly names: Names
  readonly plain?: boolean
}

/** What happened in a group, as a sentence with names that lead to their owners, unless it is `plain`. */
export function EventText({ event, names, plain = false }: EventTextProps) {
  const { i18n } = useLingui()
  const own = useProfile()?.account
  const by = 'by' in event && event.by !== undefined ? <Person account={event.by} names={names} plain={plain} /> : null
  const mine = 'by' in event && event.by !== undefined && event.by === own
  const people = 'accounts' in event ? <People accounts={event.accounts} names={names} plain={plain} own={own} /> : null
  switch (event.event) {
    case 'created':
      return mine ? <Trans>You created this group.</Trans> : <Trans>{by} created this group.</Trans>
    case 'added':
      return mine ? (
        <Trans>You added {people}.</Trans>
      ) : (
        <Trans>
          {by} added {people}.
        </Trans>
      )
    case 'removed':
      return mine ? (
        <Trans>You removed {people}.</Trans>
      ) : (
        <Trans>
          {by} removed {people}.
        </Trans>
      )
    case 'welcomed':
      return mine ? <Trans>You were added to the group.</Trans> : <Trans>{by} added you.</Trans>
    case 'joined':
      return mine ? <Trans>You joined by a link.</Trans> : <Trans>{by} joined by a link.</Trans>
    case 'left':
      return mine ? <Trans>You left.</Trans> : <Trans>{by} left.</Trans>
    case 'rejoined':
      return mine ? <Trans>You were let in again.</Trans> : <Trans>{by} was let in again.</Trans>
    case 'renamed': {
      const name = <bdi className={plain ? '' : 'font-semibold text-text'}>{nameOf(event) ?? event.name}</bdi>
      return mine ? (
        <Trans>You named the group {name}.</Trans>
      ) : (
        <Trans>
          {by} named the group {name}.
        </Trans>
      )
    }
    case 'role': {
      const role = <RoleWord role={event.role} />
      if (event.account === event.by) {
        return mine ? (
          <Trans>You stepped down: you are {role} now.</Trans>
        ) : (
          <Trans>
            {by} stepped down to be {role}.
          </Trans>
        )
      }
      if (event.account === own)
        return (
          <Trans>
            {by} made you {role}.
          </Trans>
        )
      const whom = <Person account={event.account} names={names} plain={plain} />
      return mine ? (
        <Trans>
          You made {whom} {role}.
        </Trans>
      ) : (
        <Trans>
          {by} made {whom} {role}.
        </Trans>
      )
    }
    case 'policy': {
      const who = (
        <Select
          value={event.add}
          _owner="owners"
          _admin="admins and owners"
          _moderator="moderators and above"
          other="all members"
        />
      )
      return mine ? (
        <Trans>You changed who may add people: {who}.</Trans>
      ) : (
        <Trans>
          {by} changed who may add people: {who}.
        </Trans>
      )
    }
    case 'slowMode': {
      if (event.seconds === 0) {
        return mine ? <Trans>You turned slow mode off.</Trans> : <Trans>{by} turned slow mode off.</Trans>
      }
      const time = durationText(i18n.locale, event.seconds)
      return mine ? (
        <Trans>You turned slow mode on: one message in {time}.</Trans>
      ) : (
        <Trans>
          {by} turned slow mode on: one message in {time}.
        </Trans>
      )
    }
    case 'timer': {
      if (event.seconds === 0) {
        return mine ? (
          <Trans>You turned disappearing messages off.</Trans>
        ) : (
          <Trans>{by} turned disappearing messages off.</Trans>
        )
      }
      const time = durationText(i18n.locale, event.seconds)
      return mine ? (
        <Trans>You turned disappearing messages on: new ones go after {time}.</Trans>
      ) : (
        <Trans>
          {by} turned disappearing messages on: new ones go after {time}.
        </Trans>
      )
    }
    case 'history': {
      const { count } = event
      if (count === 0) {
        return mine ? (
          <Trans>You turned history for new members off.</Trans>
        ) : (
          <Trans>{by} turned history for new members off.</Trans>
        )
      }
      const shown = <Plural value={count} one="the last message" other="the last # messages" />
      return mine ? (
        <Trans>You let new members see {shown}.</Trans>
      ) : (
        <Trans>
          {by} let new members see {shown}.
        </Trans>
      )
    }
    case 'linkMade':
      return mine ? <Trans>You created an invite link.</Trans> : <Trans>{by} made an invite link.</Trans>
    case 'linkRevoked':
      return mine ? <Trans>You revoked an invite link.</Trans> : <Trans>{by} revoked an invite link.</Trans>
    case 'renewed':
      return mine ? (
        <Trans>You started again: there is a new group.</Trans>
      ) : (
        <Trans>{by} started again: there is a new group.</Trans>
      )
    case 'missed':
      return <Trans>Messages may be missing here.</Trans>
    case 'historyForked':
      return <Trans>The server showed {by} other messages than it showed you.</Trans>
    case 'broken':
      return <Trans>This group was stopped: something was changed that its members did not allow.</Trans>
  }
}
