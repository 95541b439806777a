import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { Search, UserPlus } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import type { GroupRole } from '#protocol/groups/roles.ts'
import type { GroupMemberView, GroupView } from '../../engine/api.ts'
import { TextField } from '../../kit/index.ts'
import { foldForSearch } from '../../state/conversation-list.ts'
import { Card } from '../contact/card.tsx'
import { membersInOrder } from './member-order.ts'
import { MemberRow } from './member-row.tsx'
import { mayAdd } from './offers.ts'
import { RemoveDialog } from './remove-dialog.tsx'
import { RoleDialog } from './role-dialog.tsx'
import { useVirtualList } from './use-virtual-list.ts'

/** From this many members on there is a search field. */
const SEARCHED = 10

interface MembersCardProps {
  readonly group: GroupView
  readonly scroller: HTMLElement | null
}

type Asking = { readonly member: GroupMemberView } & ({ readonly role: GroupRole } | { readonly remove: true })

/** Everybody who is in, with what can be done with each. */
export function MembersCard({ group, scroller }: MembersCardProps) {
  const { t, i18n } = useLingui()
  const [search, setSearch] = useState('')
  const [asking, setAsking] = useState<Asking>()
  const list = useRef<HTMLUListElement>(null)
  const ordered = useMemo(() => membersInOrder(group.list, i18n.locale), [group.list, i18n.locale])
  const members = useMemo(() => {
    const wanted = foldForSearch(search)
    const fits = (text: string | undefined) => text !== undefined && foldForSearch(text).includes(wanted)
    return wanted === '' ? ordered : ordered.filter(({ name, username }) => fits(name) || fits(username))
  }, [ordered, search])
  const { rows, rowSize, height, tabStop, events } = useVirtualList({
    count: members.length,
    rowRem: 3.75,
    scroller,
    list,
  })
  const close = () => {
    setAsking(undefined)
    // The menu that led here is gone, and perhaps its member too: the list goes on where it was.
    setTimeout(() => list.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus())
  }
  return (
    <Card title={<Trans>Members</Trans>}>
      {mayAdd(group) ? (
        <Link
          to="/c/$id/group/add"
          params={{ id: group.id }}
          className="flex min-h-11 items-center gap-3 rounded-control border border-control bg-surface px-4 font-medium text-text no-underline hover:bg-hover"
        >
          <UserPlus aria-hidden className="size-5 text-accent" />
          <Trans>Add people</Trans>
        </Link>
      ) : null}
      {group.list.length < SEARCHED ? null : (
        <search>
          <TextField
            label={t`Search members`}
            hideLabel
            placeholder={t`Search members`}
            lead={<Search aria-hidden />}
            autoComplete="off"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setSearch('')
              if (event.key !== 'ArrowDown') return
              event.preventDefault()
              list.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus()
            }}
          />
        </search>
      )}
      {members.length === 0 ? (
        <p role="status" className="py-4 text-center text-muted">
          <Trans>No member has this name.</Trans>
        </p>
      ) : (
        <ul ref={list} aria-label={t`Members`} className="relative -mx-2" style={{ height }} {...events}>
          {rows.map(({ index, top }) => {
            const member = members[index]
            if (member === undefined) return null
            return (
              <li
                key={member.account}
                aria-setsize={members.length}
                aria-posinset={index + 1}
                className="absolute inset-x-0 top-0"
                style={{ height: rowSize, transform: `translateY(${top}px)` }}
              >
                <MemberRow
                  group={group}
                  member={member}
                  index={index}
                  tabIndex={index === tabStop ? 0 : -1}
                  onRole={(role) => setAsking({ member, role })}
                  onRemove={() => setAsking({ member, remove: true })}
                />
              </li>
            )
          })}
        </ul>
      )}
      {asking === undefined ? null : 'remove' in asking ? (
        <RemoveDialog group={group} member={asking.member} onClose={close} />
      ) : (
        <RoleDialog group={group} member={asking.member} role={asking.role} onClose={close} />
      )}
    </Card>
  )
}
