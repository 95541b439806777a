import { Trans, useLingui } from '@lingui/react/macro'
import type { GroupRole } from '#protocol/groups/roles.ts'
import type { GroupMemberView, GroupView } from '../../engine/api.ts'
import { toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { nameOf } from '../conversations/name-of.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { RoleLabel, useRoleName } from './role.tsx'
import { useRoleChange } from './use-role-change.ts'

interface RoleDialogProps {
  readonly group: GroupView
  readonly member: GroupMemberView
  readonly role: GroupRole
  readonly onClose: () => void
}

function RoleMeaning({ role }: { role: GroupRole }) {
  switch (role) {
    case 'owner':
      return <Trans>Owners may do everything here, and name and remove anybody but other owners.</Trans>
    case 'admin':
      return <Trans>Admins rename the group, create invite links, set its rules, and name and remove moderators.</Trans>
    case 'moderator':
      return <Trans>Moderators remove members, and do not wait in slow mode.</Trans>
    case 'member':
      return <Trans>Members read and write.</Trans>
  }
}

/** Asks before a role is given: what it may do, and what cannot be taken back. */
export function RoleDialog({ group, member, role, onClose }: RoleDialogProps) {
  const { t } = useLingui()
  const api = useApi()
  const roleName = useRoleName()
  const change = useRoleChange()
  const name = nameOf(member) ?? t`Unnamed member`
  return (
    <ConfirmDialog
      title={change(role, member)}
      description={<RoleMeaning role={role} />}
      confirm={change(role, member)}
      danger={member.isSelf}
      command={() => api.setGroupRole(group.id, member.account, role)}
      onDone={() =>
        toast(member.isSelf ? t`You have another role now` : t`${name}: ${roleName(role)}`, { tone: 'success' })
      }
      onClose={onClose}
    >
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <bdi className="min-w-0 font-medium wrap-anywhere">{name}</bdi>
        <RoleLabel role={member.role} />
        <span aria-hidden className="rtl:-scale-x-100">
          →
        </span>
        <span className="sr-only">
          <Trans>becomes</Trans>
        </span>
        <RoleLabel role={role} />
      </p>
      {member.isSelf ? (
        <p className="mt-3 rounded-control bg-warning-soft px-3 py-2 text-meta">
          <Trans>You cannot give yourself the former role again: somebody else has to.</Trans>
        </p>
      ) : role === 'owner' ? (
        <p className="mt-3 rounded-control bg-warning-soft px-3 py-2 text-meta">
          <Trans>Another owner has the same rights as you, and can take yours away.</Trans>
        </p>
      ) : null}
    </ConfirmDialog>
  )
}
