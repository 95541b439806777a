import { Trans, useLingui } from '@lingui/react/macro'
import type { GroupMemberView, GroupView } from '../../engine/api.ts'
import { toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { nameOf } from '../conversations/name-of.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'

interface RemoveDialogProps {
  readonly group: GroupView
  readonly member: GroupMemberView
  readonly onClose: () => void
}

/** Asks before a member is removed: what they keep, and what they do not get any more. */
export function RemoveDialog({ group, member, onClose }: RemoveDialogProps) {
  const { t } = useLingui()
  const api = useApi()
  const name = nameOf(member) ?? t`Unnamed member`
  return (
    <ConfirmDialog
      title={t`Remove ${name}?`}
      description={
        <Trans>
          They cannot read or write what comes from now on: the keys are changed. They keep what they have received. All
          members see who removed them.
        </Trans>
      }
      confirm={<Trans>Remove</Trans>}
      danger
      command={() => api.removeFromGroup(group.id, member.account)}
      onDone={() => toast(t`${name} was removed`, { tone: 'success' })}
      onClose={onClose}
    >
      {group.links.length > 0 ? (
        <p className="rounded-control bg-warning-soft px-3 py-2 text-meta">
          <Trans>Who has an invite link can join again. Revoke the links that they may know.</Trans>
        </p>
      ) : null}
    </ConfirmDialog>
  )
}
