import { Trans, useLingui } from '@lingui/react/macro'
import { MessageCircle, ShieldCheck, UserMinus, UserRound } from 'lucide-react'
import type { GroupRole } from '#protocol/groups/roles.ts'
import type { GroupMemberView, GroupView } from '../../engine/api.ts'
import { Avatar, DropdownMenu, type MenuEntry } from '../../kit/index.ts'
import { usePerson } from '../contact/use-person.ts'
import { nameOf } from '../conversations/name-of.ts'
import { offersFor } from './offers.ts'
import { ROLE_ICONS, RoleLabel } from './role.tsx'
import { useRoleChange } from './use-role-change.ts'

interface MemberRowProps {
  readonly group: GroupView
  readonly member: GroupMemberView
  readonly index: number
  readonly tabIndex: number
  readonly onRole: (role: GroupRole) => void
  readonly onRemove: () => void
}

function useMemberMenu({ group, member, onRole, onRemove }: MemberRowProps): readonly MenuEntry[] {
  const { t } = useLingui()
  const person = usePerson()
  const roleChange = useRoleChange()
  const { account, isSelf } = member
  const { roles, remove } = offersFor(group, member)
  const changes = roles.map((role): MenuEntry => {
    const Icon = ROLE_ICONS[role]
    return { label: roleChange(role, member), icon: <Icon />, onSelect: () => onRole(role) }
  })
  return [
    ...(isSelf
      ? []
      : [
          { label: t`Message`, icon: <MessageCircle />, onSelect: () => person(account, 'chat') },
          { label: t`Contact details`, icon: <UserRound />, onSelect: () => person(account, 'contact') },
          { label: t`Safety number`, icon: <ShieldCheck />, onSelect: () => person(account, 'safety') },
        ]),
    ...(changes.length === 0 ? [] : isSelf ? changes : ['separator' as const, ...changes]),
    ...(remove
      ? [
          'separator' as const,
          { label: t`Remove from the group`, icon: <UserMinus />, danger: true, onSelect: onRemove },
        ]
      : []),
  ]
}

/** One member: a button that opens the menu of what can be done. Without anything to do, the same as text. */
export function MemberRow(props: MemberRowProps) {
  const { member, index, tabIndex } = props
  const entries = useMemberMenu(props)
  const className =
    'flex size-full items-center gap-3 rounded-control px-2 text-start hover:bg-hover focus-visible:outline-offset-[-2px]'
  if (entries.length === 0) {
    return (
      <div data-row={index} tabIndex={tabIndex} role="group" className={className}>
        <Content member={member} />
      </div>
    )
  }
  return (
    <DropdownMenu entries={entries}>
      <button type="button" data-row={index} tabIndex={tabIndex} className={className}>
        <Content member={member} />
      </button>
    </DropdownMenu>
  )
}

function Content({ member }: { readonly member: GroupMemberView }) {
  const { t } = useLingui()
  const { account, name, username, role, isSelf, verified, hasLeft } = member
  return (
    <>
      <Avatar id={account} name={name ?? username} />
      <span className="min-w-0 flex-1">
        <span className="flex items-center gap-1.5">
          <bdi className="min-w-0 truncate leading-5 font-medium">{nameOf(member) ?? t`Unnamed member`}</bdi>
          {isSelf ? (
            <span className="shrink-0 text-muted">
              <Trans>(you)</Trans>
            </span>
          ) : null}
          {verified ? (
            <span className="shrink-0 text-success" title={t`Verified by you`}>
              <ShieldCheck aria-hidden className="size-4" />
              <span className="sr-only">
                <Trans>Verified by you</Trans>
              </span>
            </span>
          ) : null}
        </span>
        <span className="block text-meta text-muted">
          {hasLeft ? (
            <Trans>Is leaving</Trans>
          ) : name === undefined || username === undefined ? null : (
            <bdi className="block truncate text-match">@{username}</bdi>
          )}
        </span>
      </span>
      <RoleLabel role={role} />
    </>
  )
}
