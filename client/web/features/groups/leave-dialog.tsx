import { Trans, useLingui } from '@lingui/react/macro'
import { Search } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { GroupView } from '../../engine/api.ts'
import { RadioGroup, TextField, toast } from '../../kit/index.ts'
import { foldForSearch } from '../../state/conversation-list.ts'
import { useApi } from '../../state/index.ts'
import { nameOf } from '../conversations/name-of.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { isLastOwner } from './offers.ts'
import { useRoleName } from './role.tsx'

/** Of many members this many are offered at once; search finds the others. */
const OFFERED = 6

/** Asks before one leaves. The last owner names another one first: nobody else could name admins afterwards. */
export function LeaveDialog({ group, onClose }: { readonly group: GroupView; readonly onClose: () => void }) {
  const { t } = useLingui()
  const api = useApi()
  const [heir, setHeir] = useState<string>()
  const [needsHeir] = useState(() => isLastOwner(group))
  const leave = async () => {
    const present = group.list.find(({ account }) => account === heir)
    if (needsHeir && present !== undefined && present.role !== 'owner') {
      await api.setGroupRole(group.id, present.account, 'owner')
    }
    await api.leaveGroup(group.id)
  }
  return (
    <ConfirmDialog
      title={<Trans>Leave this group?</Trans>}
      description={
        group.members === 1 ? (
          <Trans>You are the only member: nobody can join it after you.</Trans>
        ) : (
          <Trans>
            You get nothing more from it, and all members see that you left. What you have received stays on this
            device.
          </Trans>
        )
      }
      confirm={<Trans>Leave</Trans>}
      danger
      disabled={needsHeir && heir === undefined}
      command={leave}
      onDone={() => toast(t`You left the group`)}
      onClose={onClose}
    >
      {needsHeir ? <HeirChoice group={group} heir={heir} onHeir={setHeir} /> : null}
    </ConfirmDialog>
  )
}

interface HeirChoiceProps {
  readonly group: GroupView
  readonly heir: string | undefined
  readonly onHeir: (account: string) => void
}

function HeirChoice({ group, heir, onHeir }: HeirChoiceProps) {
  const { t } = useLingui()
  const roleName = useRoleName()
  const [search, setSearch] = useState('')
  const others = useMemo(() => group.list.filter(({ isSelf, hasLeft }) => !isSelf && !hasLeft), [group.list])
  const wanted = foldForSearch(search)
  const found = others.filter(({ name, username }) =>
    [name, username].some((text) => text !== undefined && foldForSearch(text).includes(wanted)),
  )
  const offered = (wanted === '' ? others : found).slice(0, OFFERED)
  return (
    <div className="flex flex-col gap-3">
      <p className="rounded-control bg-warning-soft px-3 py-2 text-meta">
        <Trans>You are the only owner. Choose who owns the group after you.</Trans>
      </p>
      {others.length > OFFERED ? (
        <TextField
          label={t`Search members`}
          hideLabel
          placeholder={t`Search members`}
          lead={<Search aria-hidden />}
          autoComplete="off"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      ) : null}
      <RadioGroup
        label={t`New owner`}
        value={heir ?? ''}
        onValueChange={onHeir}
        options={offered.map((member) => ({
          value: member.account,
          label: <bdi className="wrap-anywhere">{nameOf(member) ?? t`Unnamed member`}</bdi>,
          hint: roleName(member.role),
        }))}
      />
    </div>
  )
}
