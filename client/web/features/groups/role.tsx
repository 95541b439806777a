import type { MessageDescriptor } from '@lingui/core'
import { msg } from '@lingui/core/macro'
import { useLingui } from '@lingui/react/macro'
import { Crown, Gavel, User, UserCog } from 'lucide-react'
import type { GroupRole } from '#protocol/groups/roles.ts'
import { cx } from '../../kit/index.ts'

export const ROLE_ICONS = { member: User, moderator: Gavel, admin: UserCog, owner: Crown } as const
const NAMES: Readonly<Record<GroupRole, MessageDescriptor>> = {
  member: msg`Member`,
  moderator: msg`Moderator`,
  admin: msg`Admin`,
  owner: msg`Owner`,
}
const COLOURS: Readonly<Record<GroupRole, string>> = {
  member: 'text-muted',
  moderator: 'text-moderator',
  admin: 'text-admin',
  owner: 'text-accent',
}

export function useRoleName(): (role: GroupRole) => string {
  const { i18n } = useLingui()
  return (role) => i18n._(NAMES[role])
}

/** A role, as an icon and a word. */
export function RoleLabel({ role, className }: { role: GroupRole; className?: string }) {
  const Icon = ROLE_ICONS[role]
  const name = useRoleName()(role)
  return (
    <span className={cx('inline-flex shrink-0 items-center gap-1 text-meta font-medium', COLOURS[role], className)}>
      <Icon aria-hidden className="size-4" />
      {name}
    </span>
  )
}
