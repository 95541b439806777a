import { Trans, useLingui } from '@lingui/react/macro'
import { type FormEvent, useState } from 'react'
import { LIMITS } from '#protocol/limits.ts'
import type { GroupView } from '../../engine/api.ts'
import { Button, Dialog, TextField, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { useCommand, useFailureText } from '../settings/failure.ts'

interface RenameDialogProps {
  readonly group: GroupView
  readonly open: boolean
  readonly onClose: () => void
}

export function RenameDialog({ group, open, onClose }: RenameDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onClose} title={<Trans>Rename the group</Trans>}>
      <RenameForm group={group} onClose={onClose} />
    </Dialog>
  )
}

/** Of its own, so that each opening begins with the present name. */
function RenameForm({ group, onClose }: Omit<RenameDialogProps, 'open'>) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const { busy, failure, run, clear } = useCommand()
  const [typed, setTyped] = useState(group.name)
  const name = typed.trim()
  const save = async (event: FormEvent) => {
    event.preventDefault()
    if (busy || name === '') return
    if (name === group.name) return onClose()
    if (!(await run(() => api.changeGroup(group.id, { name })))) return
    toast(t`The group has a new name`, { tone: 'success' })
    onClose()
  }
  return (
    <form className="flex flex-col gap-6" onSubmit={(event) => void save(event)}>
      <TextField
        label={t`Name of the group`}
        hint={t`All members see it. The server does not learn it.`}
        autoFocus
        autoComplete="off"
        maxLength={LIMITS.groupNameMax}
        value={typed}
        error={name === '' ? t`Type a name.` : failure && failureText(failure)}
        onChange={(event) => {
          setTyped(event.target.value)
          clear()
        }}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button variant="secondary" onClick={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button type="submit" busy={busy} disabled={name === ''}>
          <Trans>Save name</Trans>
        </Button>
      </div>
    </form>
  )
}
