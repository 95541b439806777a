import { useLingui } from '@lingui/react/macro'
import { type GroupRole, rankOf } from '#protocol/groups/roles.ts'
import type { GroupMemberView } from '../../engine/api.ts'

/** What giving `role` to a member is called. */
export function useRoleChange(): (role: GroupRole, member: Pick<GroupMemberView, 'role' | 'isSelf'>) => string {
  const { t } = useLingui()
  return (role, member) => {
    if (rankOf(role) < rankOf(member.role)) {
      if (role === 'admin') return member.isSelf ? t`Step down to admin` : t`Demote to admin`
      if (role === 'moderator') return member.isSelf ? t`Step down to moderator` : t`Demote to moderator`
      return member.isSelf ? t`Step down to member` : t`Demote to member`
    }
    switch (role) {
      case 'owner':
        return t`Make owner`
      case 'admin':
        return t`Make admin`
      case 'moderator':
        return t`Make moderator`
      case 'member':
        return t`Make member`
    }
  }
}
