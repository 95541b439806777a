import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Pencil } from 'lucide-react'
import { useState } from 'react'
import type { GroupView } from '../../engine/api.ts'
import { Avatar, Button } from '../../kit/index.ts'
import { nameOf } from '../conversations/name-of.ts'
import { mayManage } from './offers.ts'
import { RenameDialog } from './rename-dialog.tsx'

/** A group's name and size. */
export function GroupHead({ group }: { readonly group: GroupView }) {
  const { t } = useLingui()
  const [renaming, setRenaming] = useState(false)
  const name = nameOf(group) ?? t`Unnamed group`
  return (
    <div className="flex flex-col items-center gap-2 text-center">
      <Avatar id={group.id} name={group.name} size="large" group />
      <h2 dir="auto" className="line-clamp-3 max-w-full text-title font-semibold wrap-anywhere">
        <bdi>{name}</bdi>
      </h2>
      {group.members === 0 ? null : (
        <p className="text-muted">
          <Plural value={group.members} one="# member" other="# members" />
        </p>
      )}
      {mayManage(group) ? (
        <Button
          variant="secondary"
          size="small"
          icon={<Pencil aria-hidden className="size-4" />}
          onClick={() => setRenaming(true)}
        >
          <Trans>Rename</Trans>
        </Button>
      ) : null}
      <RenameDialog group={group} open={renaming} onClose={() => setRenaming(false)} />
    </div>
  )
}
